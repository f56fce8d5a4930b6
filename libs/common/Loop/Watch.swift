import CLinux
import Glibc

/// What a descriptor is ready for.
public struct Readiness: OptionSet, Sendable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    public static let readable = Readiness(rawValue: 0x001)
    public static let writable = Readiness(rawValue: 0x004)
    /// The descriptor failed or both directions are closed.
    public static let failed = Readiness(rawValue: 0x008 | 0x010)
    /// The peer closed its sending side.
    public static let peerClosed = Readiness(rawValue: 0x2000)
}

/// Told on the loop's thread when a watched descriptor becomes ready.
public protocol Pollable: AnyObject {
    func ready(_ readiness: Readiness)
}

/// Names one registration; a token that outlived its registration does nothing.
public struct WatchToken: Hashable, Sendable {
    let descriptor: Int32
    let generation: UInt32
}

public enum WatchTrigger: Sendable {
    /// Told once a change; the watcher reads or writes until `EAGAIN`.
    case edge
    /// Told again on every turn for as long as the condition holds.
    case level
}

/// The watches of one loop, indexed by descriptor.
struct WatchTable {
    private struct Slot {
        var pollable: (any Pollable)?
        var generation: UInt32 = 0
    }

    private var slots: [Slot] = []
    private(set) var count = 0

    mutating func insert(_ pollable: any Pollable, descriptor: Int32) -> WatchToken {
        let index = Int(descriptor)
        while slots.count <= index { slots.append(Slot()) }
        precondition(slots[index].pollable == nil, "descriptor \(descriptor) is already watched on this loop")
        slots[index].pollable = pollable
        slots[index].generation &+= 1
        count += 1
        return WatchToken(descriptor: descriptor, generation: slots[index].generation)
    }

    /// Answers the watcher, so that its end, which may end another watch, falls outside of this call.
    mutating func remove(_ token: WatchToken) -> (any Pollable)? {
        guard contains(token) else { return nil }
        let pollable = slots[Int(token.descriptor)].pollable
        slots[Int(token.descriptor)].pollable = nil
        count -= 1
        return pollable
    }

    mutating func removeAll() -> [any Pollable] {
        let pollables = slots.compactMap(\.pollable)
        for index in slots.indices { slots[index].pollable = nil }
        count = 0
        return pollables
    }

    func contains(_ token: WatchToken) -> Bool {
        let index = Int(token.descriptor)
        return slots.indices.contains(index) && slots[index].generation == token.generation
            && slots[index].pollable != nil
    }

    /// The watcher that an event of epoll belongs to; nil when it was removed earlier in the same turn.
    func pollable(descriptor: Int32, generation: UInt32) -> (any Pollable)? {
        let index = Int(descriptor)
        guard index < slots.count, slots[index].generation == generation else { return nil }
        return slots[index].pollable
    }
}

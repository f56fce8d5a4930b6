import Synchronization

/// The part of a client that lives on one loop.
public protocol LoopPart: AnyObject, SendableMetatype {
    var loop: EventLoop { get }
    /// No more requests come; what is under way goes on.
    func shutDown()
}

/// The parts of one client, one on each loop that uses it: made on first use, shut down when the client ends.
public final class LoopParts<Part: LoopPart>: Sendable {
    private let number = nextNumber.wrappingAdd(1, ordering: .relaxed).newValue
    private let parts = Locked<[LoopBound<Part>]>([])

    public init() {}

    deinit {
        let number = number
        Self.forEach(parts.withLock { $0 }) { part in
            part.shutDown()
            part.loop.parts.removeAll { $0.number == number }
        }
    }

    public func part(of loop: EventLoop, make: () -> Part) -> Part {
        loop.preconditionOnLoop()
        // The number is ours alone, so what stands by it is what was made below.
        for entry in loop.parts where entry.number == number { return unsafeDowncast(entry.part, to: Part.self) }
        let made = make()
        loop.parts.append((number, made))
        parts.withLock { $0.append(LoopBound(made, on: loop)) }
        return made
    }

    public func shutDown() {
        Self.forEach(parts.withLock { $0 }) { $0.shutDown() }
    }

    /// Runs `body` for each part soon, on the part's own loop.
    public func forEach(_ body: @escaping @Sendable (Part) -> Void) {
        Self.forEach(parts.withLock { $0 }, body)
    }

    private static func forEach(_ parts: [LoopBound<Part>], _ body: @escaping @Sendable (Part) -> Void) {
        for part in parts {
            // A loop that has ended runs this here; its connections are gone with it.
            part.loop.execute { if part.loop.isCurrent { body(part.value) } }
        }
    }
}

private let nextNumber = Atomic<Int>(0)

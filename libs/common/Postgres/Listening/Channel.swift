/// The name of a channel for notifications: lower-case letters, digits and `_`, 63 characters at most.
public struct Channel: Sendable, Hashable, CustomStringConvertible {
    public let name: String

    public init?(_ name: String) {
        let isPlain = name.utf8.allSatisfy { byte in
            byte == UInt8(ascii: "_") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        guard isPlain, (1...63).contains(name.utf8.count) else { return nil }
        self.name = name
    }

    public var description: String { name }
}

/// What a listener hears.
public enum Notification: Sendable, Equatable {
    /// It listens, for the first time or again: what was sent before went unheard, so it is time to look.
    case listening
    case message(Channel, String)
}

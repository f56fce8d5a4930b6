/// A network in CIDR notation, `10.0.0.0/8` or `fd00::/8`; a lone address is a network of one.
public struct IPNetwork: Hashable, Sendable, CustomStringConvertible {
    public let address: IPAddress
    public let prefixLength: Int

    /// Nil unless the address and the length are valid; bits beyond the length are ignored.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let address = IPAddress(String(parts[0])) else { return nil }
        let longest = if case .v4 = address { 32 } else { 128 }
        var length = longest
        if parts.count == 2 {
            guard parts[1].allSatisfy({ $0.isASCII && $0.isNumber }), let given = Int(parts[1]), given <= longest else {
                return nil
            }
            length = given
        }
        self.address = address
        prefixLength = length
    }

    public func contains(_ other: IPAddress) -> Bool {
        switch (address, other) {
        case (.v4(let a), .v4(let b)):
            return prefixLength == 0 || (a ^ b) >> UInt32(32 - prefixLength) == 0
        case (.v6(let high, let low), .v6(let otherHigh, let otherLow)):
            if prefixLength == 0 { return true }
            if prefixLength <= 64 { return (high ^ otherHigh) >> UInt64(64 - prefixLength) == 0 }
            return high == otherHigh && (low ^ otherLow) >> UInt64(128 - prefixLength) == 0
        default: return false
        }
    }

    public var description: String { "\(address)/\(prefixLength)" }
}

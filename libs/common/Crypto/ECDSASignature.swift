/// The two numbers of an ECDSA signature over P-256, as 64 bytes (RFC 7518) and as DER (RFC 3279).
///
/// Numbers of zero or not below the order of the curve make no signature in either form.
public struct ECDSASignature: Sendable, Hashable {
    /// r and s, 32 bytes each.
    public let bytes: [UInt8]

    private static let order: [UInt8] = [
        0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    ]

    public init?(raw bytes: [UInt8]) {
        guard bytes.count == 64, Self.isInRange(bytes[..<32]), Self.isInRange(bytes[32...]) else { return nil }
        self.bytes = bytes
    }

    public init?(der: [UInt8]) {
        var rest = der[...]
        guard rest.popFirst() == 0x30, rest.popFirst().map(Int.init) == der.count - 2, der.count < 128,
            let r = Self.readInteger(&rest), let s = Self.readInteger(&rest), rest.isEmpty
        else { return nil }
        self.init(raw: r + s)
    }

    public var der: [UInt8] {
        let integers = Self.integer(bytes[..<32]) + Self.integer(bytes[32...])
        return [0x30, UInt8(integers.count)] + integers
    }

    private static func isInRange(_ number: ArraySlice<UInt8>) -> Bool {
        number.contains { $0 != 0 } && number.lexicographicallyPrecedes(order)
    }

    private static func integer(_ number: ArraySlice<UInt8>) -> [UInt8] {
        var digits = Array(number.drop { $0 == 0 })
        // A set first bit would make the number negative.
        if digits[0] >= 0x80 { digits.insert(0, at: 0) }
        return [0x02, UInt8(digits.count)] + digits
    }

    /// The shortest spelling of a positive number of up to 32 bytes.
    private static func readInteger(_ rest: inout ArraySlice<UInt8>) -> [UInt8]? {
        guard rest.popFirst() == 0x02, let count = rest.popFirst().map(Int.init), (1...33).contains(count),
            rest.count >= count
        else { return nil }
        var digits = rest.prefix(count)
        rest.removeFirst(count)
        guard digits.first! < 0x80 else { return nil }
        if digits.first == 0, digits.count > 1 {
            guard digits.dropFirst().first! >= 0x80 else { return nil }
            digits.removeFirst()
        }
        guard digits.count <= 32 else { return nil }
        return [UInt8](repeating: 0, count: 32 - digits.count) + digits
    }
}

/// A 128-bit identifier of RFC 9562, in JSON its lower-case text.
public struct UUID: Sendable, Hashable, Comparable {
    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Version 7: ids made later sort behind, so that an index grows at its end. `random` is what tests replace.
    public init(
        at time: Timestamp = .now,
        random: (high: UInt64, low: UInt64) = (.random(in: 0 ... .max), .random(in: 0 ... .max))
    ) {
        let milliseconds = UInt64(bitPattern: time.microseconds.flooredDivision(by: 1000).quotient)
        high = milliseconds << 16 | 0x7000 | random.high & 0x0fff
        low = 0x8000_0000_0000_0000 | random.low & 0x3fff_ffff_ffff_ffff
    }

    public static func < (one: UUID, other: UUID) -> Bool {
        (one.high, one.low) < (other.high, other.low)
    }
}

extension UUID: LosslessStringConvertible {
    /// The 36 characters of the usual spelling, in either case; nothing around them.
    public init?(_ text: String) {
        var text = text
        let halves: (UInt64, UInt64)? = text.withUTF8 { bytes in
            guard bytes.count == 36 else { return nil }
            var halves: (UInt64, UInt64) = (0, 0)
            for (index, byte) in bytes.enumerated() {
                if Self.isDash(index) {
                    guard byte == UInt8(ascii: "-") else { return nil }
                    continue
                }
                guard let digit = Self.digit(byte) else { return nil }
                if index < 18 { halves.0 = halves.0 << 4 | digit } else { halves.1 = halves.1 << 4 | digit }
            }
            return halves
        }
        guard let halves else { return nil }
        (high, low) = halves
    }

    public var description: String {
        String(unsafeUninitializedCapacity: 36) { text in
            var nibbles = 0
            for index in 0..<36 {
                guard !Self.isDash(index) else {
                    text[index] = UInt8(ascii: "-")
                    continue
                }
                let half = nibbles < 16 ? high : low
                let nibble = UInt8(half >> UInt64(60 - nibbles % 16 * 4) & 15)
                text[index] = nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
                nibbles += 1
            }
            return 36
        }
    }

    private static func isDash(_ index: Int) -> Bool {
        index == 8 || index == 13 || index == 18 || index == 23
    }

    private static func digit(_ byte: UInt8) -> UInt64? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }
}

extension UUID: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let id = UUID(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "expected a UUID")
        }
        self = id
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

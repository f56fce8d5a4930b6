/// Names a request in logs, answers and everything done on its behalf: 128 bits of our own, or what a trusted
/// caller sent.
///
/// Ours is 26 characters of lowercase Crockford base 32. One of ours that comes in from another service is kept as
/// bits again, so neither making nor passing on an id allocates.
public struct RequestID: Sendable, Hashable {
    private enum Form: Hashable {
        case bits(high: UInt64, low: UInt64)
        case text(String)
    }

    private static let length = 26

    private let form: Form

    public init(from source: some IDSource) {
        let (high, low) = source.next128()
        form = .bits(high: high, low: low)
    }

    /// Accepts 8 to 64 letters, digits, `_` and `-`: nothing that could break a header or a log line.
    public init?(validating bytes: some Sequence<UInt8>) {
        var kept: [UInt8] = []
        for byte in bytes {
            guard kept.count < 64, Self.isAllowed(byte) else { return nil }
            kept.append(byte)
        }
        self.init(validating: kept.withUnsafeBytes { RequestID(validating: $0) })
    }

    public init?(validating text: String) {
        var text = text
        self.init(validating: text.withUTF8 { RequestID(validating: UnsafeRawBufferPointer($0)) })
    }

    public init?(validating bytes: UnsafeRawBufferPointer) {
        guard (8...64).contains(bytes.count), bytes.allSatisfy(Self.isAllowed) else { return nil }
        if let (high, low) = Self.decode(bytes) {
            form = .bits(high: high, low: low)
        } else {
            form = .text(String(decoding: bytes, as: UTF8.self))
        }
    }

    private init?(validating accepted: RequestID?) {
        guard let accepted else { return nil }
        self = accepted
    }

    /// Appends the text.
    public func write(into bytes: inout [UInt8]) {
        switch form {
        case .text(let text):
            bytes.append(text: text)
        case .bits(let high, let low):
            // 26 digits of 5 bits are 130: the first digit holds the topmost three.
            bytes.append(upTo: Self.length) { digits in
                for index in 0..<Self.length {
                    let bits = Self.bits(high, low, from: 125 - 5 * index)
                    digits[index] = Self.digit(UInt8(truncatingIfNeeded: bits) & 31)
                }
                return 0..<Self.length
            }
        }
    }
}

extension RequestID: CustomStringConvertible {
    public var description: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.length)
        write(into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension RequestID {
    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
    }

    private static func bits(_ high: UInt64, _ low: UInt64, from shift: Int) -> UInt64 {
        if shift >= 64 { return high >> UInt64(shift - 64) }
        return low >> UInt64(shift) | (shift == 0 ? 0 : high << UInt64(64 - shift))
    }

    /// The bits of an id in our own form; nil for any other text.
    private static func decode(_ bytes: UnsafeRawBufferPointer) -> (high: UInt64, low: UInt64)? {
        guard bytes.count == length, let first = value(of: bytes[0]), first < 8 else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for byte in bytes {
            guard let value = value(of: byte) else { return nil }
            high = high << 5 | low >> 59
            low = low << 5 | UInt64(value)
        }
        return (high, low)
    }

    private static let alphabet: StaticString = "0123456789abcdefghjkmnpqrstvwxyz"

    private static func digit(_ value: UInt8) -> UInt8 { alphabet.utf8Start[Int(value)] }

    private static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        // The letters follow each other but for i, l, o and u.
        case UInt8(ascii: "a")...UInt8(ascii: "h"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "j")...UInt8(ascii: "k"): digit - UInt8(ascii: "j") + 18
        case UInt8(ascii: "m")...UInt8(ascii: "n"): digit - UInt8(ascii: "m") + 20
        case UInt8(ascii: "p")...UInt8(ascii: "t"): digit - UInt8(ascii: "p") + 22
        case UInt8(ascii: "v")...UInt8(ascii: "z"): digit - UInt8(ascii: "v") + 27
        default: nil
        }
    }
}

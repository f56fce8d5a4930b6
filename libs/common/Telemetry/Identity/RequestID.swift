/// Names a request in logs, answers and everything done on its behalf: 128 bits of our own, or what the caller sent.
///
/// Any caller may send one. It is held to a form that can break nothing, and it proves nothing: two requests may bear
/// the same, so nothing is looked up, counted or allowed by it.
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

    /// No id's text is longer.
    public static let longestText = 64

    /// Writes the text to memory with room for `longestText` bytes; answers its length.
    public func write(to memory: UnsafeMutableRawPointer) -> Int {
        switch form {
        case .text(let text):
            var length = 0
            for byte in text.utf8 {
                memory.storeBytes(of: byte, toByteOffset: length, as: UInt8.self)
                length &+= 1
            }
            return length
        case .bits(var high, var low):
            // 26 digits of 5 bits are 130: the first digit holds the topmost three. From the last digit backwards.
            var index = Self.length
            while index > 0 {
                index &-= 1
                memory.storeBytes(
                    of: Self.digit(UInt8(truncatingIfNeeded: low) & 31), toByteOffset: index, as: UInt8.self)
                low = low >> 5 | high << 59
                high >>= 5
            }
            return Self.length
        }
    }

    /// Appends the text.
    public func write(into bytes: inout [UInt8]) {
        withUnsafeTemporaryAllocation(byteCount: Self.longestText, alignment: 1) { memory in
            guard let start = memory.baseAddress else { return }
            bytes.append(contentsOf: UnsafeRawBufferPointer(start: start, count: write(to: start)))
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

    @inline(__always)
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

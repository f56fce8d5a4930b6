/// The 128 bits that all spans of one trace share; never all zero.
public struct TraceID: Sendable, Hashable {
    public let high: UInt64
    public let low: UInt64

    public init?(high: UInt64, low: UInt64) {
        guard high != 0 || low != 0 else { return nil }
        self.high = high
        self.low = low
    }

    public init(from source: some IDSource) {
        let (high, low) = source.next128()
        self.high = high
        self.low = high == 0 && low == 0 ? 1 : low
    }

    /// Appends 32 lowercase hexadecimal digits.
    public func write(into bytes: inout [UInt8]) {
        bytes.append(hex: high)
        bytes.append(hex: low)
    }
}

/// The 64 bits that name one span within its trace; never zero.
public struct SpanID: Sendable, Hashable {
    public let value: UInt64

    public init?(_ value: UInt64) {
        guard value != 0 else { return nil }
        self.value = value
    }

    public init(from source: some IDSource) {
        let value = source.next64()
        self.value = value == 0 ? 1 : value
    }

    /// Appends 16 lowercase hexadecimal digits.
    public func write(into bytes: inout [UInt8]) { bytes.append(hex: value) }
}

extension TraceID: CustomStringConvertible {
    public var description: String {
        var bytes: [UInt8] = []
        write(into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension SpanID: CustomStringConvertible {
    public var description: String {
        var bytes: [UInt8] = []
        write(into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}

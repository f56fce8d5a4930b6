extension TraceContext {
    private static let length = 55

    /// Reads a `traceparent` header as strictly as the standard asks: `00-<32 hex>-<16 hex>-<2 hex>`, lowercase, ids
    /// not all zero, version `ff` never. A later version may have more after the flags.
    public init?(traceparent bytes: UnsafeRawBufferPointer, state: TraceState? = nil) {
        guard bytes.count >= Self.length else { return nil }
        guard let version = Self.hex(bytes, 0, digits: 2), version != 0xFF else { return nil }
        if bytes.count > Self.length {
            guard version != 0, bytes[Self.length] == UInt8(ascii: "-") else { return nil }
        }
        guard [2, 35, 52].allSatisfy({ bytes[$0] == UInt8(ascii: "-") }) else { return nil }
        guard
            let high = Self.hex(bytes, 3, digits: 16), let low = Self.hex(bytes, 19, digits: 16),
            let span = Self.hex(bytes, 36, digits: 16), let flags = Self.hex(bytes, 53, digits: 2),
            let traceID = TraceID(high: high, low: low), let spanID = SpanID(span)
        else { return nil }
        self.init(traceID: traceID, spanID: spanID, isSampled: flags & 1 == 1, state: state)
    }

    public init?(traceparent text: String, state: TraceState? = nil) {
        var text = text
        let parsed = text.withUTF8 { TraceContext(traceparent: UnsafeRawBufferPointer($0), state: state) }
        guard let parsed else { return nil }
        self = parsed
    }

    /// The header to send, always in version 00.
    public var traceparent: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.length)
        writeTraceparent(into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    public func writeTraceparent(into bytes: inout [UInt8]) {
        bytes.append(text: "00-")
        traceID.write(into: &bytes)
        bytes.append(UInt8(ascii: "-"))
        spanID.write(into: &bytes)
        bytes.append(text: isSampled ? "-01" : "-00")
    }

    private static func hex(_ bytes: UnsafeRawBufferPointer, _ start: Int, digits: Int) -> UInt64? {
        var value: UInt64 = 0
        for index in start..<(start + digits) {
            guard let digit = lowercaseHexValue(bytes[index]) else { return nil }
            value = value << 4 | UInt64(digit)
        }
        return value
    }
}

import Telemetry

extension Headers {
    /// Removes what belongs to one connection, also the fields that `Connection` names, and the length, which whoever
    /// sends the message on writes anew.
    public mutating func removeHopByHopFields() {
        removeFields { _, _ in false }
    }

    /// Leaves what may be passed on: without the fields of the connection, and without those whose names are in `refused`.
    /// No bytes are moved.
    public mutating func strain(_ refused: FieldNames) {
        removeFields { refused.contains($0, $1) }
    }

    @inline(__always)
    private mutating func removeFields(_ isRefused: (Range<Int>, UnsafeRawBufferPointer) -> Bool) {
        var named: [Range<Int>] = []
        bytes.withUnsafeBytes { bytes in
            fields.removeAll { field in
                switch HopByHop.kind(of: field.name, bytes) {
                case .hopByHop:
                    if bytes.equals(field.name, lowercase: "connection") {
                        Self.addNames(in: field.value, bytes, to: &named)
                    }
                    return true
                case .contentLength: return true
                case .host: return false
                case .endToEnd: return isRefused(field.name, bytes)
                }
            }
            guard !named.isEmpty else { return }
            fields.removeAll { field in named.contains { bytes.equalsIgnoringCase(field.name, $0) } }
        }
    }

    /// The names in a `Connection` field; what says how the connection ends names none.
    private static func addNames(in value: Range<Int>, _ bytes: UnsafeRawBufferPointer, to names: inout [Range<Int>]) {
        if bytes.equals(value, lowercase: "keep-alive") || bytes.equals(value, lowercase: "close") { return }
        var start = value.lowerBound
        while start < value.upperBound {
            var end = start
            while end < value.upperBound, bytes[end] != UInt8(ascii: ",") { end += 1 }
            let next = end + 1
            while start < end, bytes[start] == 0x20 || bytes[start] == 0x09 { start += 1 }
            while start < end, bytes[end - 1] == 0x20 || bytes[end - 1] == 0x09 { end -= 1 }
            if start < end { names.append(start..<end) }
            start = next
        }
    }

    /// Adds all fields of another message, or of a block that was made beforehand.
    public mutating func append(contentsOf other: Headers) {
        let offset = UInt32(bytes.count)
        bytes.append(contentsOf: other.bytes)
        fields.reserveCapacity(fields.count + other.fields.count)
        for var field in other.fields {
            field.nameStart += offset
            field.valueStart += offset
            fields.append(field)
        }
    }

    /// Adds what a proxy says of a request that it passes on: from whom and how it came, to which host, and its id and
    /// trace. `client` and `scheme` are the proxy's own finding.
    public mutating func append(describing request: borrowing Request, client: String, scheme: StaticString) {
        bytes.reserveCapacity(bytes.count + 384)
        fields.reserveCapacity(fields.count + 6)
        append("x-forwarded-for") { $0.append(contentsOf: client.utf8) }
        append("x-forwarded-proto") { $0.append(scheme) }
        if let host = request.headers.firstField(of: "host")?.value {
            let bytes = request.headers.bytes
            append("x-forwarded-host") { $0.append(contentsOf: bytes[host]) }
            append("forwarded") { value in
                let isVersion6 = client.utf8.contains(UInt8(ascii: ":"))
                value.append(isVersion6 ? "for=\"[" : "for=")
                value.append(contentsOf: client.utf8)
                value.append(isVersion6 ? "]\";proto=" : ";proto=")
                value.append(scheme)
                value.append(";host=\"")
                value.append(contentsOf: bytes[host])
                value.append("\"")
            }
        }
        append("x-request-id") { value in
            withUnsafeTemporaryAllocation(byteCount: RequestID.longestText, alignment: 1) { memory in
                let count = request.id.write(to: memory.baseAddress!)
                value.append(contentsOf: UnsafeRawBufferPointer(rebasing: memory[..<count]))
            }
        }
        if let trace = request.trace { append("traceparent", trace.traceparent) }
    }

    @inline(__always)
    private mutating func append(_ name: StaticString, _ write: (inout [UInt8]) -> Void) {
        appendField(name: { $0.append(name) }, value: write)
    }
}

extension [UInt8] {
    @inline(__always)
    fileprivate mutating func append(_ text: StaticString) {
        append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}

extension UnsafeRawBufferPointer {
    fileprivate func equalsIgnoringCase(_ one: Range<Int>, _ other: Range<Int>) -> Bool {
        guard one.count == other.count else { return false }
        for offset in 0..<one.count {
            let (a, b) = (self[one.lowerBound + offset], self[other.lowerBound + offset])
            if CharacterClass.lowercased(a) != CharacterClass.lowercased(b) { return false }
        }
        return true
    }
}

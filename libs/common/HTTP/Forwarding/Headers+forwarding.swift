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
        let host = request.headers.firstField(of: "host")?.value
        let trace = request.trace?.traceparent
        let room = 512 + 2 * (client.utf8.count + (host?.count ?? 0))
        bytes.reserveCapacity(bytes.count + room)
        fields.reserveCapacity(fields.count + 6)
        // Gathered aside, as an array asks with each piece whether it is its own.
        withUnsafeTemporaryAllocation(byteCount: room, alignment: 1) { memory in
            var block = FieldBlock(memory, offset: bytes.count)
            block.add("x-forwarded-for", to: &fields) { $0.write(client) }
            block.add("x-forwarded-proto", to: &fields) { $0.write(scheme) }
            if let host {
                request.headers.bytes.withUnsafeBytes { bytes in
                    let host = UnsafeRawBufferPointer(rebasing: bytes[host])
                    block.add("x-forwarded-host", to: &fields) { $0.write(host) }
                    let isVersion6 = client.utf8.contains(UInt8(ascii: ":"))
                    block.add("forwarded", to: &fields) { value in
                        value.write(isVersion6 ? "for=\"[" as StaticString : "for=")
                        value.write(client)
                        value.write(isVersion6 ? "]\";proto=" as StaticString : ";proto=")
                        value.write(scheme)
                        value.write(";host=\"" as StaticString)
                        value.write(host)
                        value.write("\"" as StaticString)
                    }
                }
            }
            block.add("x-request-id", to: &fields) { value in
                value.write { request.id.write(to: $0) }
            }
            if let trace { block.add("traceparent", to: &fields) { $0.write(trace) } }
            bytes.append(contentsOf: block.written)
        }
    }
}

/// Fields as they will lie behind others, in memory that has room for them. What is written holds nothing that would break
/// a message.
private struct FieldBlock {
    private let memory: UnsafeMutableRawBufferPointer
    private let offset: Int
    private var count = 0

    /// `offset` is where the block will begin.
    init(_ memory: UnsafeMutableRawBufferPointer, offset: Int) {
        self.memory = memory
        self.offset = offset
    }

    var written: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[..<count]) }

    @inline(__always)
    mutating func add(
        _ name: StaticString, to fields: inout [Headers.Field], value: (inout FieldBlock) -> Void
    ) {
        let nameStart = count
        write(name)
        write(": " as StaticString)
        let valueStart = count
        value(&self)
        fields.append(
            Headers.Field(
                nameStart: UInt32(offset + nameStart), nameLength: UInt32(name.utf8CodeUnitCount),
                valueStart: UInt32(offset + valueStart), valueLength: UInt32(count - valueStart)))
        write("\r\n" as StaticString)
    }

    @inline(__always)
    mutating func write(_ text: StaticString) {
        write(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    @inline(__always)
    mutating func write(_ text: String) {
        var text = text
        text.withUTF8 { write(UnsafeRawBufferPointer($0)) }
    }

    @inline(__always)
    mutating func write(_ bytes: UnsafeRawBufferPointer) {
        precondition(count + bytes.count <= memory.count, "the room was counted wrong")
        guard let start = bytes.baseAddress, let place = memory.baseAddress else { return }
        (place + count).copyMemory(from: start, byteCount: bytes.count)
        count += bytes.count
    }

    /// Lets `body` write into the room; it answers how many bytes it wrote.
    @inline(__always)
    mutating func write(_ body: (UnsafeMutableRawPointer) -> Int) {
        guard let place = memory.baseAddress else { return }
        count += body(place + count)
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

import CNGHTTP2
import Loop
import Telemetry

/// The fields of one response as nghttp2 takes them; a loop uses one for all its responses.
final class HTTP2FieldBlock {
    private struct Span {
        var name: Range<Int>
        var value: Range<Int>
        /// Worth a place in the client's table: it may come again.
        var isIndexed = true
    }

    private let output = OutputBuffer(capacity: 4096)
    private var spans: [Span] = []

    /// Gathers status and fields; what says something about a connection of HTTP/1.1 has no place here.
    func gather(
        _ response: borrowing Response, length: Int?, requestID: borrowing RequestID, scratch: LoopScratch,
        now: Deadline
    ) {
        begin(response.status)
        line { scratch.appendDate(now: now, to: $0) }
        if let contentType = response.contentType {
            line { output in
                if let line = contentType.line { return output.append(line) }
                output.append("content-type: ")
                output.appendFieldValue(contentType.description)
                output.append("\r\n")
            }
        }
        if let length {
            line { output in
                output.append("content-length: ")
                output.append(decimal: length)
                output.append("\r\n")
            }
        }
        add(response.headers)
        let id = copy requestID
        line { output in
            output.append("x-request-id: ")
            output.reserve(RequestID.longestText)
            output.write { id.write(to: $0) }
            output.append("\r\n")
        }
        spans[spans.count - 1].isIndexed = false
    }

    /// The head of an interim answer.
    func gather(interim status: Status, _ headers: borrowing Headers) {
        begin(status)
        add(headers)
    }

    private func begin(_ status: Status) {
        output.clear()
        spans.removeAll(keepingCapacity: true)
        output.append(":status")
        output.append(decimal: Int(status.code))
        spans.append(Span(name: 0..<7, value: 7..<output.count))
    }

    /// Takes a line as HTTP/1.1 has it: its name ends at the first colon.
    private func line(_ write: (OutputBuffer) -> Void) {
        let start = output.count
        write(output)
        let bytes = output.bytes
        guard let colon = bytes[start...].firstIndex(of: UInt8(ascii: ":")) else { return }
        spans.append(Span(name: start..<colon, value: colon + 2..<output.count - 2))
    }

    private func add(_ headers: borrowing Headers) {
        guard !headers.isEmpty else { return }
        headers.bytes.withUnsafeBytes { bytes in
            for field in headers.fields where isEndToEnd(field.name, bytes) {
                let start = output.count
                output.reserve(field.name.count)
                output.write { place in
                    for (offset, index) in field.name.enumerated() {
                        place.storeBytes(
                            of: CharacterClass.lowercased(bytes[index]), toByteOffset: offset, as: UInt8.self)
                    }
                    return field.name.count
                }
                let value = trimmed(field.value, bytes)
                output.append(UnsafeRawBufferPointer(rebasing: bytes[value]))
                let middle = start + field.name.count
                spans.append(Span(name: start..<middle, value: middle..<output.count))
            }
        }
    }

    /// Not what belongs to a connection, nor what the server says itself.
    private func isEndToEnd(_ name: Range<Int>, _ bytes: UnsafeRawBufferPointer) -> Bool {
        guard !name.isEmpty, case .endToEnd = HopByHop.kind(of: name, bytes) else { return false }
        switch name.count {
        case 4: return !bytes.equals(name, lowercase: "date")
        case 12: return !bytes.equals(name, lowercase: "x-request-id")
        default: return true
        }
    }

    /// A value that begins or ends with a space makes the whole message malformed here.
    private func trimmed(_ value: Range<Int>, _ bytes: UnsafeRawBufferPointer) -> Range<Int> {
        var (low, high) = (value.lowerBound, value.upperBound)
        while low < high, bytes[low] == 0x20 || bytes[low] == 0x09 { low += 1 }
        while high > low, bytes[high - 1] == 0x20 || bytes[high - 1] == 0x09 { high -= 1 }
        return low..<high
    }

    /// The gathered fields; nghttp2 copies what it keeps.
    func withFields<Result>(_ body: (UnsafePointer<nghttp2_nv>, Int) -> Result) -> Result {
        withUnsafeTemporaryAllocation(of: nghttp2_nv.self, capacity: spans.count) { fields in
            let base = UnsafeMutablePointer(
                mutating: output.bytes.baseAddress!.assumingMemoryBound(to: UInt8.self))
            for (index, span) in spans.enumerated() {
                fields.initializeElement(
                    at: index,
                    to: nghttp2_nv(
                        name: base + span.name.lowerBound, value: base + span.value.lowerBound,
                        namelen: span.name.count, valuelen: span.value.count,
                        flags: span.isIndexed ? 0 : UInt8(NGHTTP2_NV_FLAG_NO_INDEX.rawValue)))
            }
            return body(fields.baseAddress!, spans.count)
        }
    }
}

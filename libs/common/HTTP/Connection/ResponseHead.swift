import Loop
import Telemetry

/// How a response's body is delimited on the wire.
enum BodyFraming: Equatable {
    case none
    case length(Int)
    case chunked
    /// HTTP/1.0 knows no chunks: the end of the connection ends the body.
    case untilClose

    init(_ body: Response.Body, status: Status, isVersion11: Bool) {
        guard status.allowsBody else {
            self = .none
            return
        }
        switch body {
        case .empty: self = .length(0)
        case .bytes(let bytes): self = .length(bytes.count)
        case .file(let file): self = .length(file.count)
        case .stream(let length?, _): self = .length(length)
        case .stream(nil, _): self = isVersion11 ? .chunked : .untilClose
        }
    }
}

extension OutputBuffer {
    /// Writes status line and fields.
    func append(
        _ response: borrowing Response, framing: BodyFraming, requestID: borrowing RequestID, closes: Bool,
        keepsAlive10: Bool,
        scratch: LoopScratch, now: Deadline
    ) {
        if response.status == .ok {
            append("HTTP/1.1 200 OK\r\n")
        } else {
            append("HTTP/1.1 ")
            append(decimal: Int(response.status.code))
            append(" ")
            append(response.status.phrase)
            append("\r\n")
        }
        scratch.appendDate(now: now, to: self)
        if let contentType = response.contentType {
            if let line = contentType.line {
                append(line)
            } else {
                append("content-type: ")
                appendFieldValue(contentType.description)
                append("\r\n")
            }
        }
        switch framing {
        case .length(let length):
            append("content-length: ")
            append(decimal: length)
            append("\r\n")
        case .chunked: append("transfer-encoding: chunked\r\n")
        case .none, .untilClose: break
        }
        appendFields(response.headers)
        append("x-request-id: ")
        append(copy requestID)
        append("\r\n")
        if closes { append("connection: close\r\n") } else if keepsAlive10 { append("connection: keep-alive\r\n") }
        append("\r\n")
    }

    private func append(_ id: RequestID) {
        reserve(RequestID.longestText)
        write { id.write(to: $0) }
    }

    /// What the server says itself, once: a handler that passes an answer on may have it among its fields.
    private func isOurs(_ name: Range<Int>, _ bytes: UnsafeRawBufferPointer) -> Bool {
        switch name.count {
        case 4: bytes.equals(name, lowercase: "date")
        case 10: bytes.equals(name, lowercase: "connection") || bytes.equals(name, lowercase: "keep-alive")
        case 12: bytes.equals(name, lowercase: "x-request-id")
        case 14: bytes.equals(name, lowercase: "content-length")
        case 17: bytes.equals(name, lowercase: "transfer-encoding")
        default: false
        }
    }

    private func appendFields(_ headers: borrowing Headers) {
        guard !headers.isEmpty else { return }
        append(headers) { isOurs($0, $1) }
    }
}

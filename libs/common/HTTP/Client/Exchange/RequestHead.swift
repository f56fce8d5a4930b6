extension OutputBuffer {
    /// Writes the request line and the fields of a request.
    func append(_ request: borrowing ClientRequest) {
        append(request.method.lineStart)
        switch request.target {
        case .text(let text): append(text)
        case .part(let range, let bytes):
            bytes.withUnsafeBytes { append(UnsafeRawBufferPointer(rebasing: $0[range])) }
        }
        append(" HTTP/1.1\r\n")
        if !appendFields(request.headers) {
            append("host: ")
            append(request.origin.authority)
            append("\r\n")
        }
        switch request.body.source {
        case .empty:
            if !request.method.usuallyHasNoBody { append("content-length: 0\r\n") }
        case .bytes(let bytes): appendLength(bytes.count)
        case .stream(let length?, _): appendLength(length)
        case .stream(nil, _): append("transfer-encoding: chunked\r\n")
        }
        if request.expectsContinue, !request.body.isEmpty { append("expect: 100-continue\r\n") }
        append("\r\n")
    }

    private func appendLength(_ length: Int) {
        append("content-length: ")
        append(decimal: length)
        append("\r\n")
    }

    /// Answers whether `Host` was among the fields.
    private func appendFields(_ headers: borrowing Headers) -> Bool {
        guard !headers.isEmpty else { return false }
        var hasHost = false
        append(headers) { name, bytes in
            switch HopByHop.kind(of: name, bytes) {
            case .hopByHop, .contentLength: return true
            case .endToEnd: return false
            case .host:
                defer { hasHost = true }
                return hasHost
            }
        }
        return hasHost
    }
}

extension Method {
    /// `Content-Length: 0` says nothing new on these.
    fileprivate var usuallyHasNoBody: Bool { self == .get || self == .head || self == .delete || self == .options }

    fileprivate var lineStart: StaticString {
        switch self {
        case .get: "GET "
        case .head: "HEAD "
        case .post: "POST "
        case .put: "PUT "
        case .patch: "PATCH "
        case .delete: "DELETE "
        case .options: "OPTIONS "
        }
    }
}

/// The head of an answer, line by line as libcurl hands it over. Pure.
struct HeadLines {
    enum Outcome: Equatable {
        case more
        /// The head of the answer is complete; interim ones are passed over.
        case complete
        case tooLarge
        case malformed
    }

    private let maximumBytes: Int
    private var received = 0
    private(set) var status = Status(0)
    private(set) var headers = Headers()
    private var isComplete = false

    init(maximumBytes: Int) {
        self.maximumBytes = maximumBytes
    }

    /// The length of the body if the head says it.
    var declaredLength: Int? {
        guard !headers.contains("transfer-encoding"), let text = headers["content-length"] else { return nil }
        return text.utf8.allSatisfy { $0 &- 0x30 <= 9 } ? Int(text) : nil
    }

    mutating func take(_ line: UnsafeRawBufferPointer) -> Outcome {
        received += line.count
        guard received <= maximumBytes else { return .tooLarge }
        // What follows the body are trailers, which nobody asked for.
        if isComplete { return .more }
        var end = line.count
        while end > 0, line[end - 1] == 0x0a || line[end - 1] == 0x0d { end -= 1 }
        if end > 5, UnsafeRawBufferPointer(rebasing: line[..<5]).equals("HTTP/") {
            return takeStatus(UnsafeRawBufferPointer(rebasing: line[..<end]))
        }
        if end == 0 {
            guard status.code >= 200 else { return .more }
            isComplete = true
            return .complete
        }
        let start = headers.bytes.count
        headers.bytes.append(contentsOf: line.bindMemory(to: UInt8.self)[..<end])
        let field = headers.bytes.withUnsafeBytes { bytes in
            Result { () throws(ParseFailure) in try Headers.Field(parsing: bytes, from: start, to: bytes.count) }
        }
        guard case .success(let field) = field else { return .malformed }
        headers.fields.append(field)
        return .more
    }

    /// `HTTP/1.1 200 OK`; each begins a head.
    private mutating func takeStatus(_ line: UnsafeRawBufferPointer) -> Outcome {
        headers = Headers()
        guard let space = line.firstIndex(of: 0x20), line.count >= space + 4 else { return .malformed }
        var code: UInt16 = 0
        for byte in line[space + 1..<space + 4] {
            guard byte &- 0x30 <= 9 else { return .malformed }
            code = code * 10 + UInt16(byte &- 0x30)
        }
        guard code >= 100, code <= 599 else { return .malformed }
        status = Status(code)
        return .more
    }
}

/// The request methods that services answer. TRACE and CONNECT are recognised only to be refused.
public enum Method: String, Sendable, CaseIterable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"
    case options = "OPTIONS"

    /// Whether repeating the request is harmless.
    public var isIdempotent: Bool { self != .post && self != .patch }

    init?(bytes: UnsafeRawBufferPointer) {
        switch bytes.count {
        case 3 where bytes.equals("GET"): self = .get
        case 3 where bytes.equals("PUT"): self = .put
        case 4 where bytes.equals("POST"): self = .post
        case 4 where bytes.equals("HEAD"): self = .head
        case 5 where bytes.equals("PATCH"): self = .patch
        case 6 where bytes.equals("DELETE"): self = .delete
        case 7 where bytes.equals("OPTIONS"): self = .options
        default: return nil
        }
    }
}

extension UnsafeRawBufferPointer {
    /// Compares with a text of the same length, to the letter.
    @inline(__always)
    func equals(_ text: StaticString) -> Bool {
        let expected = text.utf8Start
        for index in 0..<count where self[index] != expected[index] { return false }
        return true
    }
}

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
        case 3:
            if bytes.elementsEqual("GET".utf8) { self = .get } else if bytes.elementsEqual("PUT".utf8) {
                self = .put
            } else {
                return nil
            }
        case 4:
            if bytes.elementsEqual("POST".utf8) { self = .post } else if bytes.elementsEqual("HEAD".utf8) {
                self = .head
            } else {
                return nil
            }
        case 5: guard bytes.elementsEqual("PATCH".utf8) else { return nil }; self = .patch
        case 6: guard bytes.elementsEqual("DELETE".utf8) else { return nil }; self = .delete
        case 7: guard bytes.elementsEqual("OPTIONS".utf8) else { return nil }; self = .options
        default: return nil
        }
    }
}

import Glibc

/// Evaluates conditional requests in the order of RFC 9110, 13.2.2.
struct Precondition {
    enum Outcome { case go, notModified, failed }

    private let headers: Headers
    private let tag: EntityTag
    private let modified: time_t

    init(_ headers: Headers, tag: EntityTag, modified: time_t) {
        self.headers = headers
        self.tag = tag
        self.modified = modified
    }

    func outcome(for method: Method) -> Outcome {
        if let list = headers["if-match"] {
            if !tag.isStronglyNamed(in: list) { return .failed }
        } else if let date = headers["if-unmodified-since"].flatMap(HTTPDate.parse), modified > date {
            return .failed
        }
        if let list = headers["if-none-match"] {
            guard tag.isNamed(in: list) else { return .go }
            return method == .get || method == .head ? .notModified : .failed
        }
        if method == .get || method == .head,
            let date = headers["if-modified-since"].flatMap(HTTPDate.parse), modified <= date
        {
            return .notModified
        }
        return .go
    }

    /// `If-Range`: a range is only good for the very version that the client has a part of.
    var allowsRange: Bool {
        guard let condition = headers["if-range"] else { return true }
        if condition.hasPrefix("\"") || condition.hasPrefix("W/") { return tag.isStronglyNamed(in: condition) }
        return HTTPDate.parse(condition) == modified
    }
}

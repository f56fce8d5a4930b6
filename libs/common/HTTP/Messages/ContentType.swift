/// A response's media type. The usual ones carry their whole header line, ready to be copied.
public struct ContentType: Sendable, Equatable, ExpressibleByStringLiteral, CustomStringConvertible {
    private enum Form: Equatable {
        case json, text, html, bytes, events
        case other(String)
    }

    private let form: Form

    private init(form: Form) {
        self.form = form
    }

    public init(_ text: String) {
        form = .other(text)
    }

    public init(stringLiteral value: String) {
        self.init(value)
    }

    public static let json = ContentType(form: .json)
    public static let text = ContentType(form: .text)
    public static let html = ContentType(form: .html)
    public static let bytes = ContentType(form: .bytes)
    public static let events = ContentType(form: .events)

    public var description: String {
        switch form {
        case .json: "application/json"
        case .text: "text/plain; charset=utf-8"
        case .html: "text/html; charset=utf-8"
        case .bytes: "application/octet-stream"
        case .events: "text/event-stream"
        case .other(let text): text
        }
    }

    /// The whole header line of a usual type.
    var line: StaticString? {
        switch form {
        case .json: "content-type: application/json\r\n"
        case .text: "content-type: text/plain; charset=utf-8\r\n"
        case .html: "content-type: text/html; charset=utf-8\r\n"
        case .bytes: "content-type: application/octet-stream\r\n"
        case .events: "content-type: text/event-stream\r\n"
        case .other: nil
        }
    }
}

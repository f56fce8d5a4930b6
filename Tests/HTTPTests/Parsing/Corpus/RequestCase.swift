import Testing

@testable import HTTP

/// One request on the wire and what must become of it.
struct RequestCase: Sendable, CustomTestStringConvertible {
    enum Outcome: Sendable, Equatable {
        case accepted(Head)
        case refused(UInt16)
        /// More must come before anything can be said.
        case incomplete
    }

    struct Head: Sendable, Equatable {
        var method: HTTP.Method
        var path: String
        var query: String?
        var framing = Framing.none
        var fields: [Field] = []
        var isVersion11 = true
        /// How many bytes behind the head are its body or the next request.
        var bytesBehind = 0
    }

    struct Field: Sendable, Equatable {
        var name: String
        var value: String
    }

    enum Framing: Sendable, Equatable {
        case none
        case length(Int)
        case chunked
    }

    let name: String
    let bytes: [UInt8]
    let outcome: Outcome

    var testDescription: String { name }
    var isAccepted: Bool { if case .accepted = outcome { true } else { false } }
    var refusal: UInt16? { if case .refused(let status) = outcome { status } else { nil } }
}

/// Every scalar below U+0100 as the byte of its number, so that a text can say any byte.
func latin1(_ text: String) -> [UInt8] {
    text.unicodeScalars.map { UInt8($0.value) }
}

extension RequestCase {
    /// A request with these lines, Host included, which must be refused.
    static func refused(as status: UInt16 = 400, _ name: String, _ text: String) -> RequestCase {
        RequestCase(name: name, bytes: latin1(text), outcome: .refused(status))
    }

    /// A GET of this target, which must be refused.
    static func refusedTarget(as status: UInt16 = 400, _ name: String, _ target: String) -> RequestCase {
        refused(as: status, "target: \(name)", "GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
    }

    /// A POST with these field lines after Host, which must be refused; the body behind it shows where it would end.
    static func refusedFields(as status: UInt16 = 400, _ name: String, _ lines: String) -> RequestCase {
        refused(as: status, name, "POST /x HTTP/1.1\r\nHost: a\r\n\(lines)\r\n\r\n0\r\n\r\n")
    }

    static func accepted(
        _ name: String, _ text: String, _ method: HTTP.Method, _ path: String, query: String? = nil,
        _ framing: Framing = .none, fields: KeyValuePairs<String, String> = ["Host": "a"], isVersion11: Bool = true,
        bytesBehind: Int = 0
    ) -> RequestCase {
        let head = Head(
            method: method, path: path, query: query, framing: framing,
            fields: fields.map { Field(name: $0.key, value: $0.value) }, isVersion11: isVersion11,
            bytesBehind: bytesBehind)
        return RequestCase(name: name, bytes: latin1(text), outcome: .accepted(head))
    }

    /// A GET of this target, which must be read as this path and query.
    static func acceptedTarget(_ name: String, _ path: String, query: String? = nil) -> RequestCase {
        let target = path + (query.map { "?" + $0 } ?? "")
        return accepted("target: \(name)", "GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n", .get, path, query: query)
    }

    /// A GET with one field after Host, whose value must be read as given.
    static func acceptedField(_ name: String, _ line: String, _ field: String, _ value: String) -> RequestCase {
        accepted(
            name, "GET /x HTTP/1.1\r\nHost: a\r\n\(line)\r\n\r\n", .get, "/x", fields: ["Host": "a", field: value])
    }
}

/// Every request of the corpus.
let requestCorpus: [RequestCase] =
    wellFormedRequests + requestLineCases + targetCases + hostCases + fieldCases + framingCases + limitCases

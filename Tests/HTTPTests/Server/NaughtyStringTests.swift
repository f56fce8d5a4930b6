import Foundation
import HTTP
import JSON
import Loop
import TestKit
import Testing

private struct Said: Codable, Sendable {
    var value: String
}

/// Texts that others have stumbled over, in every place of a request that takes a text: each comes back byte by byte,
/// or is refused where it cannot be sent there, and nothing is a 500.
@Suite("Naughty strings")
struct NaughtyStringTests {
    /// Ours, and the public list where it lies beside the checkout.
    private static let texts: [String] = {
        let ours = [
            "", " ", ".", "..", "null", "undefined", "NaN", "true", "0", "-0", "1e999", "\u{0}", "a\u{0}b", "\r\n",
            "a\r\nX-Injected: 1", "\t", "\u{7f}", "\u{85}", "\u{2028}\u{2029}", "\u{feff}bom", "\u{fffe}", "\u{ffff}",
            "\u{fffd}", "\u{fffd}\u{301}", "e\u{301}", "é", "가각", "👩‍👩‍👧‍👦", "\u{10ffff}", "\u{202e}abc", "/etc/passwd",
            "../../x",
            "%2e%2e%2f", "%00", "%", "%zz", "+", "a+b c", "&a=b", ";a=b", "#x", "?x", "\\", "\\\"", "\"",
            "'; DROP TABLE x;--",
            "<script>alert(1)</script>", "${x}", "{{x}}", "{x}", "**", "--b", "\r\n--b--\r\n", "--b\r\n",
            String(repeating: "long ", count: 400),
        ]
        let list = try? Data(SharedData.bytes(SharedData.conformance("blns/blns.json")))
        return ours + (list.flatMap { try? JSONDecoder().decode([String].self, from: $0) } ?? [])
    }()

    private func withEcho(_ body: (UInt16) async throws -> Void) async throws {
        let pool = BlockingPool(maximumThreads: 2)
        try await withServer({ routes in
            routes.endpoint(.post, "/body", Operation("Echo a body"), body: Said.self) { $0.body }
            routes.endpoint(.get, "/path/{value}", Operation("Echo a path"), parameters: Said.self) { $0.parameters }
            routes.endpoint(.get, "/query", Operation("Echo a query"), parameters: Said.self) { $0.parameters }
            routes.on(.get, "/field") { request in
                try Self.answer(request.headers["x-value"] ?? "missing")
            }
            routes.on(.post, "/form") { request in
                let form = try await request.collectForm(spillingTo: "/tmp", blocking: pool)
                return try Self.answer(form["value"]?.text ?? "missing")
            }
            routes.on(.post, "/name") { request in
                let form = try await request.collectForm(spillingTo: "/tmp", blocking: pool)
                return try Self.answer(form.fields.first?.name ?? "missing")
            }
            routes.on(.post, "/file") { request in
                let form = try await request.collectForm(spillingTo: "/tmp", blocking: pool)
                return try Self.answer(form.fields.first?.filename ?? "missing")
            }
        }) { _, port in
            try await body(port)
            let after = try await TestClient.request(port: port, "GET", "/query?value=still%20here")
            #expect(after.text == #"{"value":"still here"}"#)
        }
    }

    private static func answer(_ text: String) throws -> Response {
        Response(contentType: .json, body: .bytes(try JSONWriter().encode(Said(value: text))))
    }

    /// Sends every text to its place. `refusal` says which status a text gets that cannot be sent there; the rest must
    /// come back as `expected` says.
    private func check(
        _ texts: [String] = texts, refusal: (String) -> Int?, expected: (String) -> String = { $0 },
        send: (UInt16, String) async throws -> TestAnswer
    ) async throws {
        try await withEcho { port in
            for text in texts {
                let answer = try await send(port, text)
                if let status = refusal(text) {
                    #expect(answer.status == status, "\(text.debugDescription): \(answer.text)")
                    let error = try JSONValue.parse(answer.body)
                    #expect(error["message"]?.string?.isEmpty == false, "\(text.debugDescription)")
                } else {
                    #expect(answer.status == 200, "\(text.debugDescription): \(answer.text)")
                    let said = try? JSONDecoder().decode(Said.self, from: Data(answer.body))
                    #expect(
                        said.map { Array($0.value.utf8) } == Array(expected(text).utf8), "\(text.debugDescription)")
                }
            }
        }
    }

    private static func holdsControl(_ text: String) -> Bool {
        text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\t" || $0 == "\u{7f}" }
    }

    @Test("in a JSON body")
    func body() async throws {
        try await check(refusal: { _ in nil }) { port, text in
            let body = try JSONEncoder().encode(Said(value: text))
            return try await TestClient.request(
                port: port, "POST", "/body", headers: ["content-type": "application/json"], body: Array(body))
        }
    }

    @Test("in a path: no slashes, controls or dot segments, and not nothing")
    func path() async throws {
        try await check(refusal: { text in
            if text.isEmpty { return 404 }
            let isRefused =
                Self.holdsControl(text) || text == "." || text == ".."
                || text.unicodeScalars.contains { "/\\\t\u{fffd}".unicodeScalars.contains($0) }
            return isRefused ? 400 : nil
        }) { port, text in
            try await TestClient.request(port: port, "GET", "/path/\(PercentCoding.encode(text))")
        }
    }

    @Test("in a query: no NUL, and nothing that stands for broken text")
    func query() async throws {
        try await check(refusal: { text in
            text.unicodeScalars.contains { $0 == "\u{0}" || $0 == "\u{fffd}" } ? 400 : nil
        }) { port, text in
            try await TestClient.request(port: port, "GET", "/query?value=\(PercentCoding.encode(text))")
        }
    }

    @Test("in a header: no controls, and no spaces around it")
    func header() async throws {
        // A line's end in a value is not in the value any more.
        try await check(
            Self.texts.filter { $0.utf8.firstRange(of: "\r\n".utf8) == nil },
            refusal: { Self.holdsControl($0) ? 400 : nil },
            expected: { text in
                String(
                    decoding: text.utf8.drop { $0 == 0x20 || $0 == 0x09 }.reversed()
                        .drop { $0 == 0x20 || $0 == 0x09 }.reversed(), as: UTF8.self)
            },
            send: { port, text in
                let head = "GET /field HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Value: \(text)\r\n\r\n"
                return try TestClient.parse(try await TestClient.exchange(port: port, Array(head.utf8)))
            })
    }

    @Test("in a field of a form: any byte but the boundary itself")
    func form() async throws {
        try await check(refusal: { $0.contains("\r\n--boundary") ? 400 : nil }) { port, text in
            try await postForm(port, "/form", "name=\"value\"", text)
        }
    }

    @Test("as a field's name: no controls, and not too long", arguments: ["/name", "/file"])
    func names(path: String) async throws {
        try await check(refusal: { text in
            if Self.holdsControl(text) { return 400 }
            return text.utf8.count > (path == "/name" ? 256 : 1024) ? 413 : nil
        }) { port, text in
            let quoted = text.unicodeScalars.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : "\($0)" }.joined()
            let parameter = path == "/name" ? "name=\"\(quoted)\"" : "name=\"f\"; filename=\"\(quoted)\""
            return try await postForm(port, path, parameter, "1")
        }
    }

    private func postForm(_ port: UInt16, _ path: String, _ parameter: String, _ data: String) async throws
        -> TestAnswer
    {
        let body =
            "--boundary\r\nContent-Disposition: form-data; \(parameter)\r\n\r\n\(data)\r\n--boundary--\r\n"
        return try await TestClient.request(
            port: port, "POST", path, headers: ["content-type": "multipart/form-data; boundary=boundary"],
            body: Array(body.utf8))
    }
}

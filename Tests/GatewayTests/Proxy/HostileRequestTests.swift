import Glibc
import HTTP
import Loop
import TestKit
import Testing

@testable import Gateway

/// Requests that proxies in wide use let through, each at least one of them: refused here, and what is passed on holds
/// nothing that a service could take for something else.
@Suite("Hostile requests", .timeLimit(.minutes(3)))
struct HostileRequestTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let request: String
        /// What may be answered.
        let statuses: Set<Int>

        init(_ name: String, _ request: String, _ statuses: Set<Int> = [400]) {
            self.name = name
            self.request = request
            self.statuses = statuses
        }

        var testDescription: String { name }
    }

    private static func get(_ fields: String, target: String = "/asr/x", version: String = "1.1") -> String {
        "GET \(target) HTTP/\(version)\r\nHost: gw\r\nAuthorization: Bearer ann\r\n\(fields)\r\n"
    }

    private static func post(_ fields: String, _ body: String, version: String = "1.1") -> String {
        "POST /asr/x HTTP/\(version)\r\nHost: gw\r\nAuthorization: Bearer ann\r\n\(fields)\r\n\(body)"
    }

    private static let smuggled = "GET /asr/smuggled HTTP/1.1\r\nHost: gw\r\nAuthorization: Bearer ann\r\n\r\n"

    static let refused: [Case] = [
        // Where a body ends
        Case(
            "Content-Length and Transfer-Encoding",
            post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n\(smuggled)")),
        Case(
            "Transfer-Encoding and Content-Length",
            post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n\(smuggled)")),
        Case("two equal lengths", post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello")),
        Case("two lengths", post("Content-Length: 5\r\nContent-Length: 0\r\n", "hello")),
        Case("a list of lengths", post("Content-Length: 5, 5\r\n", "hello")),
        Case("a length with a sign", post("Content-Length: +5\r\n", "hello")),
        Case("a negative length", post("Content-Length: -5\r\n", "hello")),
        Case("a hexadecimal length", post("Content-Length: 0x5\r\n", "hello")),
        Case("a length of too many digits", post("Content-Length: 99999999999999999999\r\n", "hello"), [400, 413]),
        Case("an empty length", post("Content-Length: \r\n", "hello")),
        Case("a space before the colon", post("Content-Length : 5\r\n", "hello")),
        Case("an underscore for the hyphen", post("Content_Length: 5\r\n", smuggled)),
        Case("Transfer_Encoding", post("Transfer_Encoding: chunked\r\nContent-Length: 3\r\n", "abc")),
        Case("Transfer-Encoding in HTTP/1.0", post("Transfer-Encoding: chunked\r\n", "0\r\n\r\n", version: "1.0")),
        Case("Transfer-Encoding: identity", post("Transfer-Encoding: identity\r\n", "hello"), [400, 501]),
        Case("Transfer-Encoding: xchunked", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), [400, 501]),
        Case(
            "Transfer-Encoding: chunked, identity", post("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"),
            [400, 501]),
        Case(
            "Transfer-Encoding: gzip, chunked", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), [400, 501]),
        Case(
            "Transfer-Encoding twice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")
        ),
        Case("Transfer-Encoding behind a tab", post("Transfer-Encoding:\u{0b}chunked\r\n", "0\r\n\r\n"), [400, 501]),
        // Where a line ends
        Case("bare line feeds", "GET /asr/x HTTP/1.1\nHost: gw\nAuthorization: Bearer ann\n\n"),
        Case("a bare carriage return in a value", get("X-A: b\rX-User-Id: evil\r\n")),
        Case("a folded line", get("X-A: b\r\n X-User-Id: evil\r\n")),
        Case("a line folded by a tab", get("X-A: b\r\n\tc\r\n")),
        Case("a NUL in a value", get("X-A: b\0c\r\n")),
        Case("a control in a value", get("X-A: b\u{01}c\r\n")),
        Case("a field without a name", get(": b\r\n")),
        Case("a field without a colon", get("X-User-Id\r\n")),
        Case("a name with a space", get("X A: b\r\n")),
        Case("a name with a control", get("X\u{7f}A: b\r\n")),
        Case("a first field that is folded", "GET /asr/x HTTP/1.1\r\n Host: gw\r\n\r\n"),
        // Chunks
        Case(
            "a chunk's size that ends in a line feed", post("Transfer-Encoding: chunked\r\n", "5\nhello\r\n0\r\n\r\n")),
        Case(
            "a chunk's data that ends in a line feed", post("Transfer-Encoding: chunked\r\n", "5\r\nhello\n0\r\n\r\n")),
        Case(
            "a chunk's extension with a line feed",
            post("Transfer-Encoding: chunked\r\n", "5;a\nb\r\nhello\r\n0\r\n\r\n")),
        Case("a chunk's size with 0x", post("Transfer-Encoding: chunked\r\n", "0x5\r\nhello\r\n0\r\n\r\n")),
        Case("a chunk's size with a sign", post("Transfer-Encoding: chunked\r\n", "+5\r\nhello\r\n0\r\n\r\n")),
        Case(
            "a chunk's size beyond all bounds", post("Transfer-Encoding: chunked\r\n", "FFFFFFFFFFFFFFFFF\r\nhello\r\n")
        ),
        Case(
            "a chunk's size that is negative in 64 bits",
            post("Transfer-Encoding: chunked\r\n", "FFFFFFFFFFFFFFFE\r\nhello\r\n"), [400, 413]),
        // Which host
        Case("no Host", "GET /asr/x HTTP/1.1\r\nAuthorization: Bearer ann\r\n\r\n"),
        Case("two Hosts", get("Host: evil\r\n")),
        Case("an absolute target of another host", get("", target: "http://evil/asr/x")),
        Case("a Host with a path", "GET /asr/x HTTP/1.1\r\nHost: gw/evil\r\nAuthorization: Bearer ann\r\n\r\n"),
        Case("a Host with a user", "GET /asr/x HTTP/1.1\r\nHost: a@gw\r\nAuthorization: Bearer ann\r\n\r\n"),
        // Which path
        Case("dot segments", get("", target: "/asr/../admin")),
        Case("encoded dot segments", get("", target: "/asr/%2e%2e/admin")),
        Case("half-encoded dot segments", get("", target: "/asr/.%2E/admin")),
        Case("two slashes", get("", target: "//asr/x")),
        Case("an encoded slash", get("", target: "/asr%2fx")),
        Case("a backslash", get("", target: "/asr\\..\\x")),
        Case("an encoded backslash", get("", target: "/asr%5c..%5cx")),
        Case("an encoded NUL", get("", target: "/asr/x%00")),
        Case("a fragment", get("", target: "/asr/x#y")),
        Case("a raw byte beyond ASCII", get("", target: "/asr/\u{e9}")),
        Case("an overlong slash", get("", target: "/asr/%c0%af")),
        Case("a malformed escape", get("", target: "/asr/%zz")),
        // Which method, which version
        Case("TRACE", "TRACE /asr/x HTTP/1.1\r\nHost: gw\r\n\r\n", [405]),
        Case("CONNECT", "CONNECT evil:80 HTTP/1.1\r\nHost: evil:80\r\n\r\n", [400, 405]),
        Case("a method in small letters", "get /asr/x HTTP/1.1\r\nHost: gw\r\n\r\n", [400, 501]),
        Case("HTTP/2.0 in the request line", get("", version: "2.0"), [400, 505]),
        Case("HTTP/1.10", get("", version: "1.10"), [400, 505]),
        Case("HTTP/0.9", "GET /asr/x\r\n\r\n", [400, 505]),
        Case(
            "an upgrade to h2c",
            get("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n")),
        // Whose
        Case("two Authorizations", get("Authorization: Bearer bob\r\n"), [400, 401]),
        // How much
        Case("a field of 64 KiB", get("X-A: \(String(repeating: "a", count: 65536))\r\n"), [431]),
        Case("two hundred fields", get((0..<200).map { "X-\($0): a\r\n" }.joined()), [431]),
        Case("a target of 64 KiB", get("", target: "/asr/" + String(repeating: "a", count: 65536)), [414, 431]),
    ]

    private func withRecorder(_ body: (RoutedGateway, Locked<[String]>) async throws -> Void) async throws {
        let heads = Locked<[String]>([])
        let recorder = try ScriptedServer { peer in
            while true {
                let head = try peer.head()
                heads.withLock { $0.append(head) }
                try peer.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
            }
        }
        defer { recorder.stop() }
        let settings = ["ASR_URL": "http://127.0.0.1:\(recorder.port)", "UPSTREAM_CHECK_INTERVAL": "1h"]
        try await RoutedGateway.with(routes: "* /asr/** asr", settings: settings) { gateway in
            try await eventually("the address was checked once") { !heads.withLock { $0 }.isEmpty }
            heads.withLock { $0 = [] }
            try await body(gateway, heads)
        }
    }

    @Test("are refused, and nothing of them reaches the service as a request")
    func refusal() async throws {
        try await withRecorder { gateway, heads in
            for (index, hostile) in Self.refused.enumerated() {
                // Told apart by its path: what is left of one may reach the service while the next one is sent.
                let request = hostile.request.replacing("/asr/x", with: "/asr/x\(index)")
                let bytes = try await TestClient.exchange(port: gateway.port, Array(request.utf8), timeout: 5)
                let answer = try TestClient.parse(bytes)
                #expect(hostile.statuses.contains(answer.status), "\(hostile.name): \(answer.status)")
                // A body that is found broken has a head that was right.
                let all = heads.withLock { $0 }
                #expect(!all.contains { $0.contains("smuggled") || $0.contains("evil") }, "\(hostile.name): \(all)")
                let seen = all.filter { $0.contains("/asr/x\(index) ") }
                #expect(seen.count <= (hostile.name.hasPrefix("a chunk") ? 1 : 0), "\(hostile.name): \(seen)")
            }
        }
    }

    @Test("that are answered are one request for the service, with nothing in it that is not its own")
    func sanitised() async throws {
        let twins = [
            "X-User-Id", "x_user_id", "X-USER-ID", "x-user_id", "X_Internal-Token", "X_Forwarded_For", "Forwarded",
        ]
        let cases =
            twins.map { ("\($0)", Self.get("\($0): evil\r\n")) } + [
                ("named in Connection", Self.get("Connection: X-User-Id\r\n")),
                ("Connection: close, evil", Self.get("Connection: close, X-Evil\r\nX-Evil: evil\r\n")),
                ("TE", Self.get("TE: trailers, evil\r\n")),
                ("Upgrade: websocket", Self.get("Connection: Upgrade\r\nUpgrade: evil\r\n")),
                ("Proxy-Connection", Self.get("Proxy-Connection: evil\r\n")),
                (
                    "a trailer",
                    Self.post(
                        "Transfer-Encoding: chunked\r\nTrailer: X-User-Id\r\n",
                        "2\r\nhi\r\n0\r\nX-User-Id: evil\r\n\r\n")
                ),
                ("a chunk's extension", Self.post("Transfer-Encoding: chunked\r\n", "2;evil=1\r\nhi\r\n0\r\n\r\n")),
                ("Expect", Self.post("Content-Length: 2\r\nExpect: 100-continue\r\n", "hi")),
            ]
        try await withRecorder { gateway, heads in
            for (index, (name, request)) in cases.enumerated() {
                let closing = request.replacing("\r\nHost: gw\r\n", with: "\r\nHost: gw\r\nX-Own: own\r\n")
                    .replacing("/asr/x", with: "/asr/x\(index)")
                let bytes = try await TestClient.exchange(
                    port: gateway.port,
                    Array(closing.utf8) + Array("GET /nothing HTTP/1.1\r\nHost: gw\r\nConnection: close\r\n\r\n".utf8),
                    timeout: 5)
                let text = String(decoding: bytes, as: UTF8.self)
                #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n") || text.hasPrefix("HTTP/1.1 100 "), "\(name): \(text)")
                let seen = heads.withLock { $0.filter { $0.contains("/asr/x\(index) ") } }
                #expect(seen.count == 1, "\(name): \(seen)")
                #expect(
                    !seen.contains { $0.lowercased().contains("evil") || $0.lowercased().contains("x-user-id") },
                    "\(name): \(seen)")
                #expect(seen.first?.contains("X-Own: own\r\n") == true, "\(name)")
            }
        }
    }
}

import Loop
import TestKit
import Testing

@testable import HTTP

/// Requests, answers and their framing, against a server that is a script.
struct OutgoingBasicsTests {
    @Test("The request says what it should, and the answer comes whole")
    func request() async throws {
        let heads = Notes<String>()
        let server = try ScriptedServer { peer in
            heads.add(try peer.head())
            try peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Kind: a\r\nX-Kind: b\r\nX-None:\r\n\r\nhello")
        }
        defer { server.stop() }
        let headers: Headers = [
            "accept": "text/plain", "x-empty": "", "connection": "upgrade", "content-length": "99", "x-a": "grün",
        ]
        let answer = try await fetch(OutgoingRequest(.get, server.url("/a?b=c#d"), headers: headers))
        #expect(answer.response.status == .ok)
        #expect(answer.response.headers.values("x-kind") == ["a", "b"])
        #expect(answer.response.headers["x-none"] == "")
        #expect(answer.body == Array("hello".utf8))
        let head = try #require(heads.all.first)
        let lines = head.split(separator: "\r\n")
        #expect(lines.first == "GET /a?b=c HTTP/1.1")
        #expect(
            Set(lines.dropFirst()) == [
                "Host: 127.0.0.1:\(server.port)", "User-Agent: pentad/1", "accept: text/plain", "x-empty:",
                "x-a: grün",
            ])
    }
}

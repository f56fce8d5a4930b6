import Loop
import TestKit
import Testing

@testable import HTTP

struct OutgoingRedirectTests {
    /// Sends `status` to `location`, then whatever comes is answered with `ok`; leaves the heads and bodies it got.
    private static func server(
        _ status: String, _ location: @escaping @Sendable (UInt16) -> String, heads: Notes<String>
    ) throws -> ScriptedServer {
        let port = Notes<UInt16>()
        let server = try ScriptedServer { peer in
            while true {
                let head = try peer.head()
                var body = ""
                if head.contains("Content-Length: 5\r\n") { body = String(decoding: try peer.read(5), as: UTF8.self) }
                heads.add(head + body)
                if head.contains(" /start ") {
                    let target = location(port.all[0])
                    try peer.send("HTTP/1.1 \(status)\r\nlocation: \(target)\r\ncontent-length: 4\r\n\r\ngone")
                } else {
                    try peer.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
                }
            }
        }
        port.add(server.port)
        return server
    }

    @Test("A redirect is the answer unless redirects are asked for")
    func off() async throws {
        let heads = Notes<String>()
        let server = try Self.server("302 Found", { _ in "/end" }, heads: heads)
        defer { server.stop() }
        let answer = try await fetch(OutgoingRequest(.get, server.url("/start")))
        #expect(answer.response.status == .found)
        #expect(answer.body == Array("gone".utf8))
        #expect(heads.all.count == 1)
    }

    @Test(
        "What is asked for at the next place depends on the status and the method",
        arguments: [
            ("301 Moved Permanently", Method.get, Method.get), ("302 Found", .get, .get), ("302 Found", .post, .get),
            ("301 Moved Permanently", .post, .get), ("302 Found", .put, .put), ("303 See Other", .put, .get),
            ("307 Temporary Redirect", .post, .post), ("308 Permanent Redirect", .put, .put),
        ])
    func methods(status: String, method: HTTP.Method, next: HTTP.Method) async throws {
        let heads = Notes<String>()
        let server = try Self.server(status, { _ in "end?a=b" }, heads: heads)
        defer { server.stop() }
        let body = method == .get ? ClientBody.empty : .text("hello")
        var request = OutgoingRequest(
            method, server.url("/start"), headers: ["content-type": "text/plain"], body: body)
        request.maximumRedirects = 1
        let answer = try await fetch(request)
        #expect(answer.body == Array("ok".utf8))
        let last = try #require(heads.all.last)
        #expect(heads.all.count == 2)
        #expect(last.hasPrefix("\(next.rawValue) /end?a=b HTTP/1.1\r\n"))
        #expect(last.hasSuffix("\r\n\r\nhello") == (next != .get))
        #expect(last.contains("content-type") == (next == method))
    }

    @Test("Credentials stay with the origin they were meant for", arguments: [true, false])
    func credentials(isSameOrigin: Bool) async throws {
        let heads = Notes<String>()
        let server = try Self.server(
            "302 Found", { port in isSameOrigin ? "/end" : "http://localhost:\(port)/end" }, heads: heads)
        defer { server.stop() }
        let headers: Headers = ["authorization": "Bearer x", "cookie": "a=b", "host": "other.test", "x-a": "b"]
        var request = OutgoingRequest(.get, server.url("/start"), headers: headers)
        request.maximumRedirects = 1
        let answer = try await fetch(request)
        #expect(answer.response.status == .ok)
        let last = try #require(heads.all.last)
        #expect(last.contains("authorization: Bearer x\r\n") == isSameOrigin)
        #expect(last.contains("cookie: a=b\r\n") == isSameOrigin)
        #expect(last.contains("Host: other.test\r\n") == isSameOrigin)
        #expect(last.contains("x-a: b\r\n"))
    }

    @Test("A chain of redirects ends at the limit")
    func limit() async throws {
        let heads = Notes<String>()
        let server = try Self.server("302 Found", { _ in "/start" }, heads: heads)
        defer { server.stop() }
        var request = OutgoingRequest(.get, server.url("/start"))
        request.maximumRedirects = 3
        let error = await fetchFailure(request)
        #expect(isSame(error, .tooManyRedirects(limit: 3)))
        #expect(heads.all.count == 4)
    }

    @Test("All hops share one total time")
    func total() async throws {
        let server = try ScriptedServer { peer in
            while true {
                try peer.head()
                usleepMilliseconds(150)
                try peer.send("HTTP/1.1 302 Found\r\nlocation: /\r\ncontent-length: 0\r\n\r\n")
            }
        }
        defer { server.stop() }
        var request = OutgoingRequest(.get, server.url())
        request.maximumRedirects = 1000
        request.timeouts = ClientTimeouts(total: .milliseconds(600))
        let error = await fetchFailure(request)
        #expect(isSame(error, .timedOut(.total)), "\(String(describing: error))")
    }

    @Test("A body that can be sent once only does not follow a redirect that wants it again")
    func stream() async throws {
        let heads = Notes<String>()
        let server = try Self.server("307 Temporary Redirect", { _ in "/end" }, heads: heads)
        defer { server.stop() }
        let blocks = Blocks(block: Array("hello".utf8), count: 1)
        var request = OutgoingRequest(.put, server.url("/start"), body: .stream(blocks, length: 5))
        request.maximumRedirects = 1
        let error = await fetchFailure(request)
        #expect(isSame(error, .bodyNotRepeatable), "\(String(describing: error))")
    }

    @Test(
        "A redirect leads to http and https only, and to no worse a scheme than is allowed",
        arguments: ["file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "http://user:word@127.0.0.1/"])
    func schemes(location: String) async throws {
        let heads = Notes<String>()
        let server = try Self.server("302 Found", { _ in location }, heads: heads)
        defer { server.stop() }
        var request = OutgoingRequest(.get, server.url("/start"))
        request.maximumRedirects = 1
        let error = await fetchFailure(request)
        #expect(isRefusedDestination(error), "\(String(describing: error))")
    }
}

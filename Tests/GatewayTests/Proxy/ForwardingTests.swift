import Foundation
import Glibc
import HTTP
import Loop
import TestKit
import Testing

@testable import Gateway

@Suite("What is passed on", .timeLimit(.minutes(2)))
struct ForwardingTests {
    /// Answers with what it was asked.
    private static func echo(_ routes: inout Routes) {
        for method in Method.allCases where method != .head {
            routes.on(method, "/echo/**") { request in
                var text = "\(request.method.rawValue) \(request.pathAndQuery)\n"
                request.headers.forEach { text += "\($0): \($1)\n" }
                let body = try await request.body.collect(upTo: 1 << 20)
                return .text(text + "\n" + String(decoding: body, as: UTF8.self))
            }
        }
    }

    private static let routes = """
        * /echo/** asr
        * /echo/open/** asr open
        * /echo/admin/** asr roles=admin
        * /echo/signed/** asr signature
        * /echo/small/** asr body=10
        GET /echo/read asr
        * /splat/** splat
        """

    private func withEcho(_ body: (RoutedGateway) async throws -> Void) async throws {
        try await withService(Self.echo) { url in
            try await RoutedGateway.with(routes: Self.routes, settings: ["ASR_URL": url], body: body)
        }
    }

    @Test("Method, path, query, fields and body arrive as they were sent")
    func faithful() async throws {
        try await withEcho { gateway in
            let answer = try await gateway.request(
                "PATCH", "/echo/a%20b/%ED%95%9C?x=1&y=%2F&z",
                headers: ["authorization": "Bearer ann", "x-own": "kept", "accept": "*/*"],
                body: Array("hello".utf8))
            #expect(answer.status == 200)
            let lines = answer.text.split(separator: "\n", omittingEmptySubsequences: false)
            #expect(lines[0] == "PATCH /echo/a%20b/%ED%95%9C?x=1&y=%2F&z")
            #expect(
                lines.contains("x-own: kept") && lines.contains("accept: */*") && lines.contains("content-length: 5"))
            #expect(lines.contains("host: 127.0.0.1:\(gateway.port)"))
            #expect(lines.last == "hello")
        }
    }

    @Test("What the service says before its answer is passed on, but to a client that knows of no such thing")
    func interim() async throws {
        let service = try ScriptedServer { peer in
            while true {
                try peer.head()
                try peer.send(
                    "HTTP/1.1 100 Continue\r\n\r\n"
                        + "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nConnection: x-hop\r\nX-Hop: 1\r\n\r\n"
                        + "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
            }
        }
        defer { service.stop() }
        let settings = ["ASR_URL": "http://127.0.0.1:\(service.port)", "UPSTREAM_CHECK_INTERVAL": "1h"]
        try await RoutedGateway.with(routes: Self.routes, settings: settings) { gateway in
            func ask(_ version: String) async throws -> [String] {
                let request = "GET /echo/open/x HTTP/\(version)\r\nHost: gw\r\nConnection: close\r\n\r\n"
                let bytes = try await TestClient.exchange(port: gateway.port, Array(request.utf8))
                return String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n\r\n")
            }
            let answers = try await ask("1.1")
            #expect(answers.count == 4, "\(answers)")
            #expect(answers[0] == "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload")
            #expect(answers[1] == "HTTP/1.1 102 Processing")
            #expect(answers[2].hasPrefix("HTTP/1.1 200 OK\r\n") && answers.last == "ok")
            let old = try await ask("1.0")
            #expect(old.count == 2 && old[0].hasPrefix("HTTP/1.1 200 OK\r\n"), "\(old)")
        }
    }

    @Test("The service learns who asks from the gateway alone")
    func identity() async throws {
        try await withEcho { gateway in
            var headers: Headers = ["authorization": "Bearer ann", "connection": "close, X-Secret", "x-secret": "hop"]
            let forged = [
                "X-User-Id", "x_user_id", "X-USER_ROLES", "X-Internal-Token", "x_internal_a", "X-Forwarded-For",
                "x_forwarded_for", "Forwarded", "X-Real-IP", "X-Request_Id", "Via", "TE", "Keep-Alive",
                "Proxy-Connection",
            ]
            for name in forged { headers.append(name, "evil") }
            let answer = try await gateway.request("GET", "/echo/x", headers: headers)
            #expect(!answer.text.contains("evil"))
            #expect(!answer.text.contains("hop"))
            #expect(answer.text.contains("authorization: Bearer internal-ann-for-asr\n"))
            #expect(answer.text.contains("x-forwarded-for: 127.0.0.1\n"))
            #expect(answer.text.contains("x-forwarded-proto: http\n"))
            #expect(answer.text.contains("forwarded: for=127.0.0.1;proto=http;host=\"127.0.0.1:\(gateway.port)\"\n"))
            let id = try #require(answer.header("x-request-id"))
            #expect(answer.text.contains("x-request-id: \(id)\n"))
        }
    }

    @Test("Routes ask for a token, a role or a signature, as their line says")
    func access() async throws {
        try await withEcho { gateway in
            func status(_ path: String, _ headers: Headers) async throws -> Int {
                try await gateway.request("POST", path, headers: headers).status
            }
            let ann: Headers = ["authorization": "Bearer ann"]
            let admin: Headers = ["authorization": "Bearer ann:admin"]
            let wrong: Headers = ["authorization": "Bearer wrong"]
            let signed: Headers = ["webhook-signature": "v1,abc"]
            #expect(try await status("/echo/x", ann) == 200)
            #expect(try await status("/echo/x", [:]) == 401)
            #expect(try await status("/echo/x", wrong) == 401)
            #expect(try await status("/echo/x", signed) == 401)
            #expect(try await status("/echo/open/x", [:]) == 200)
            #expect(try await status("/echo/open/x", wrong) == 401)
            #expect(try await status("/echo/admin/x", ann) == 403)
            #expect(try await status("/echo/admin/x", admin) == 200)
            #expect(try await status("/echo/signed/x", [:]) == 401)
            #expect(try await status("/echo/signed/x", signed) == 200)
            let refused = try await gateway.request("GET", "/echo/x", headers: [:])
            #expect(refused.header("www-authenticate") == "Bearer")
        }
    }

    @Test("What no line names is not there, and a path answers its methods alone")
    func unmatched() async throws {
        try await withEcho { gateway in
            #expect(try await gateway.request("GET", "/nothing").status == 404)
            let answer = try await gateway.request("POST", "/echo/read")
            #expect(answer.status == 405)
            #expect(answer.header("allow") == "GET, HEAD, OPTIONS")
            let absent = try await gateway.request("GET", "/splat/x")
            #expect(absent.status == 503)
            #expect(absent.text.contains("service_not_configured"))
        }
    }

    @Test("A body one byte over the limit is refused, declared or not")
    func bodyLimit() async throws {
        try await withEcho { gateway in
            #expect(try await gateway.request("POST", "/echo/small/x", body: Array("0123456789".utf8)).status == 200)
            #expect(try await gateway.request("POST", "/echo/small/x", body: Array("0123456789a".utf8)).status == 413)
            let head =
                "POST /echo/small/x HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ann\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n"
            let bytes = try await TestClient.exchange(
                port: gateway.port, Array("\(head)5\r\n01234\r\n6\r\n56789a\r\n0\r\n\r\n".utf8))
            #expect(try TestClient.parse(bytes).status == 413)
        }
    }

    @Test("Fields of an answer come back, but those of its connection")
    func answers() async throws {
        try await withService { routes in
            routes.on(.get, "/echo/file") { _ in
                Response(
                    headers: ["etag": "\"1\"", "x-own": "a", "keep-alive": "timeout=5", "cache-control": "no-store"],
                    contentType: .text, body: .bytes(Array("twelve bytes".utf8)))
            }
            routes.on(.get, "/echo/none") { _ in Response(.notModified, headers: ["etag": "\"1\""]) }
        } body: { url in
            try await RoutedGateway.with(routes: Self.routes, settings: ["ASR_URL": url]) { gateway in
                let answer = try await gateway.request("GET", "/echo/file")
                #expect(answer.text == "twelve bytes")
                #expect(answer.header("etag") == "\"1\"" && answer.header("x-own") == "a")
                #expect(answer.header("keep-alive") == nil)
                #expect(answer.headers.count { $0.name == "x-request-id" } == 1)
                #expect(answer.headers.count { $0.name == "date" } == 1)
                let head = try await gateway.request("HEAD", "/echo/file")
                #expect(head.header("content-length") == "12" && head.body.isEmpty)
                let none = try await gateway.request("GET", "/echo/none")
                #expect(none.status == 304 && none.header("etag") == "\"1\"")
            }
        }
    }

    @Test("Events come as they are made, without being gathered")
    func events() async throws {
        let mayGoOn = AsyncStream.makeStream(of: Void.self)
        try await withService { routes in
            routes.on(.get, "/echo/events") { _ in
                Response(
                    contentType: ContentType("text/event-stream"),
                    body: .stream(length: nil) { writer in
                        try await writer.write(Array("data: 1\n\n".utf8))
                        for await _ in mayGoOn.stream { break }
                        try await writer.write(Array("data: 2\n\n".utf8))
                    })
            }
        } body: { url in
            try await RoutedGateway.with(routes: Self.routes, settings: ["ASR_URL": url]) { gateway in
                let client = HTTPClient()
                let text = try await Task(executorPreference: TestService.loops.nextLoop()) {
                    let request = ClientRequest(
                        .get, Origin(host: "127.0.0.1", port: gateway.port), "/echo/events",
                        headers: ["authorization": "Bearer ann"])
                    let answer = try await client.send(request)
                    var blocks = answer.body.makeAsyncIterator()
                    var text = ""
                    while let block = try await blocks.next() {
                        text += String(decoding: block, as: UTF8.self)
                        if text == "data: 1\n\n" { mayGoOn.continuation.finish() }
                    }
                    return text
                }.value
                #expect(text == "data: 1\n\ndata: 2\n\n")
                client.shutDown()
            }
        }
    }
}

import HTTP
import Telemetry
import TestKit
import Testing

@Suite("A server")
struct ServerBasicsTests {
    private func routes(_ routes: inout Routes) {
        routes.on(.get, "/hello") { _ in .text("hello") }
        routes.on(.post, "/echo") { request in
            Response(contentType: .bytes, body: .bytes(try await request.body.collect(upTo: 1 << 20)))
        }
        routes.on(.get, "/items/{id}") { request in .text(request.parameter("id") ?? "none") }
        routes.on(.get, "/fail") { _ in throw ServiceError(.conflict, "taken", "the name is taken") }
        routes.on(.get, "/crash") { _ in throw BodyError.requestEnded }
        routes.on(.get, "/id") { request in .text(request.id.description) }
    }

    @Test("answers with status, length, type, date and a request id")
    func answers() async throws {
        try await withServer(routes) { _, port in
            let answer = try await TestClient.request(port: port, "GET", "/hello")
            #expect(answer.status == 200)
            #expect(answer.text == "hello")
            #expect(answer.header("content-length") == "5")
            #expect(answer.header("content-type") == "text/plain; charset=utf-8")
            #expect(answer.header("date")?.hasSuffix(" GMT") == true)
            #expect(answer.header("x-request-id")?.count == 26)
        }
    }

    @Test(
        "keeps a valid request id and replaces one that could break a log",
        arguments: [
            ("abcdefgh-1234_Z", true), ("short", false), ("has space in it", false), ("<script>alert(1)", false),
        ])
    func requestIDs(sent: String, isKept: Bool) async throws {
        try await withServer(routes) { _, port in
            let answer = try await TestClient.request(port: port, "GET", "/id", headers: ["x-request-id": sent])
            #expect((answer.text == sent) == isKept)
            #expect(answer.header("x-request-id") == answer.text)
        }
    }

    @Test("answers HEAD as GET without the body")
    func head() async throws {
        try await withServer(routes) { _, port in
            let answer = try await TestClient.request(port: port, "HEAD", "/hello")
            #expect(answer.status == 200)
            #expect(answer.header("content-length") == "5")
            #expect(answer.body.isEmpty)
        }
    }

    @Test("answers OPTIONS and 405 with the methods of the path")
    func allow() async throws {
        try await withServer(routes) { _, port in
            let options = try await TestClient.request(port: port, "OPTIONS", "/hello")
            #expect(options.status == 204)
            #expect(options.header("allow") == "GET, HEAD, OPTIONS")
            let refused = try await TestClient.request(port: port, "DELETE", "/hello")
            #expect(refused.status == 405)
            #expect(refused.header("allow") == "GET, HEAD, OPTIONS")
        }
    }

    @Test(
        "errors have the one shape",
        arguments: [
            ("/nothing", 404, "not_found"), ("/fail", 409, "taken"), ("/crash", 500, "internal_error"),
        ])
    func errors(path: String, status: Int, code: String) async throws {
        try await withServer(routes) { _, port in
            let answer = try await TestClient.request(port: port, "GET", path)
            #expect(answer.status == status)
            #expect(answer.header("content-type") == "application/json")
            for member in ["\"error\"", "\"message\"", "\"details\"", "\"code\":\"\(code)\"", "\"request_id\""] {
                #expect(answer.text.contains(member), "\(answer.text)")
            }
            #expect(!answer.text.contains("requestEnded"))
        }
    }

    @Test("decodes path parameters, spaces and Korean included")
    func parameters() async throws {
        try await withServer(routes) { _, port in
            let answer = try await TestClient.request(port: port, "GET", "/items/a%20b%EA%B0%80+c")
            #expect(answer.text == "a b가+c")
        }
    }

    @Test("reads bodies with a length and in chunks, whole and byte by byte")
    func bodies() async throws {
        try await withServer(routes) { _, port in
            let requests = [
                "POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 11\r\n\r\nhello world",
                "POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "5;x=1\r\nhello\r\n6\r\n world\r\n0\r\nTrailer: x\r\n\r\n",
            ]
            for request in requests {
                let whole = try await blocking {
                    let client = try RawConnection(port: port)
                    try client.send(request)
                    return try client.receiveAll()
                }
                #expect(whole.hasSuffix("\r\n\r\nhello world"))
                let split = try await blocking {
                    let client = try RawConnection(port: port)
                    for byte in request.utf8 { try client.send([byte]) }
                    return try client.receiveAll()
                }
                #expect(split.hasSuffix("\r\n\r\nhello world"))
            }
        }
    }

    @Test("answers pipelined requests in order on one connection")
    func pipelining() async throws {
        try await withServer(routes) { _, port in
            let answers = try await blocking {
                let client = try RawConnection(port: port)
                var requests = ""
                for index in 0..<50 { requests += "GET /items/\(index) HTTP/1.1\r\nHost: a\r\n\r\n" }
                requests += "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
                requests += "GET /items/last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
                try client.send(requests)
                return try client.receiveAll()
            }
            let bodies = answers.components(separatedBy: "\r\n\r\n").dropFirst().map {
                $0.components(separatedBy: "HTTP/1.1").first ?? ""
            }
            #expect(bodies == (0..<50).map(String.init) + ["abc", "last"])
        }
    }

    @Test("speaks HTTP/1.0: closes unless asked to keep alive")
    func version10() async throws {
        try await withServer(routes) { _, port in
            let closed = try await blocking {
                let client = try RawConnection(port: port)
                try client.send("GET /hello HTTP/1.0\r\n\r\n")
                return try client.receiveAll()
            }
            #expect(closed.contains("connection: close"))
            #expect(closed.hasSuffix("hello"))
            let kept = try await blocking {
                let client = try RawConnection(port: port)
                try client.send("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                let first = try client.receive(until: "\r\n\r\nhello")
                try client.send("GET /hello HTTP/1.0\r\n\r\n")
                return first + (try client.receiveAll())
            }
            #expect(kept.contains("connection: keep-alive"))
            #expect(kept.hasSuffix("hello"))
        }
    }

    @Test("counts requests by route, method and status")
    func metrics() async throws {
        let metrics = Metrics()
        try await withServer(metrics: metrics, routes) { _, port in
            for _ in 0..<3 { _ = try await TestClient.request(port: port, "GET", "/items/7") }
            _ = try await TestClient.request(port: port, "GET", "/nowhere")
            let text = String(decoding: metrics.render(), as: UTF8.self)
            #expect(text.contains(#"http_requests_total{method="GET",route="/items/{id}",status="200"} 3"#), "\(text)")
            #expect(text.contains(#"route="unmatched",status="404"} 1"#))
            #expect(text.contains(#"http_request_duration_seconds_count{method="GET",route="/items/{id}"} 3"#))
        }
    }
}

extension String {
    func components(separatedBy separator: String) -> [String] {
        var parts: [String] = []
        var rest = self[...]
        while let range = rest.firstRange(of: separator) {
            parts.append(String(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        return parts + [String(rest)]
    }
}

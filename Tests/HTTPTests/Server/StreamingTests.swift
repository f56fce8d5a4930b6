import HTTP
import Loop
import TestKit
import Testing

@Suite("Streamed answers")
struct StreamingTests {
    struct Broken: Error {}

    private func routes(_ routes: inout Routes) {
        routes.on(.get, "/chunks") { _ in
            Response(
                contentType: .text,
                body: .stream(length: nil) { writer in
                    for index in 0..<5 { try await writer.write("part \(index)\n") }
                })
        }
        routes.on(.get, "/known") { _ in
            Response(contentType: .text, body: .stream(length: 6) { try await $0.write("abcdef") })
        }
        routes.on(.get, "/short") { _ in
            Response(contentType: .text, body: .stream(length: 60) { try await $0.write("abcdef") })
        }
        routes.on(.get, "/long") { _ in
            Response(contentType: .text, body: .stream(length: 3) { try await $0.write("abcdef") })
        }
        routes.on(.get, "/early") { _ in
            Response(body: .stream(length: nil) { _ in throw ServiceError(.conflict, "early", "failed before a byte") })
        }
        routes.on(.get, "/late") { _ in
            Response(
                body: .stream(length: nil) { writer in
                    try await writer.write("begun")
                    throw Broken()
                })
        }
        routes.on(.get, "/events") { _ in
            let (stream, continuation) = AsyncStream<ServerSentEvent>.makeStream()
            continuation.yield(ServerSentEvent(id: "1", event: "progress", data: "10"))
            continuation.yield(ServerSentEvent(id: "2", data: "two\nlines"))
            continuation.finish()
            return .events(stream)
        }
    }

    @Test("break the data of an event at the line breaks of the standard alone")
    func lineBreaks() {
        let event = ServerSentEvent(data: "a\nb\r\nc\rd\u{2028}e\u{85}f")
        #expect(
            String(decoding: event.bytes, as: UTF8.self)
                == "data: a\ndata: b\ndata: c\ndata: d\u{2028}e\u{85}f\n\n")
    }

    @Test("are chunked when their length is not known")
    func chunks() async throws {
        try await withServer(routes) { _, port in
            let answer = try await TestClient.request(port: port, "GET", "/chunks")
            #expect(answer.header("transfer-encoding") == "chunked")
            #expect(answer.text == "part 0\npart 1\npart 2\npart 3\npart 4\n")
        }
    }

    @Test("have their length when it is known")
    func known() async throws {
        try await withServer(routes) { _, port in
            let answer = try await TestClient.request(port: port, "GET", "/known")
            #expect(answer.header("content-length") == "6")
            #expect(answer.text == "abcdef")
        }
    }

    @Test("that end too early break the connection instead of pretending completeness", arguments: ["/short", "/late"])
    func truncated(path: String) async throws {
        try await withServer(routes) { _, port in
            let answer = try await blocking {
                let client = try RawConnection(port: port)
                try client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
                return try client.receiveAll()
            }
            #expect(answer.hasPrefix("HTTP/1.1 200 "))
            #expect(!answer.hasSuffix("0\r\n\r\n"))
            #expect(answer.utf8.count < 400)
        }
    }

    @Test("that fail before the first byte still become a proper error", arguments: [("/early", 409), ("/long", 500)])
    func early(path: String, status: Int) async throws {
        try await withServer(routes) { _, port in
            let answer = try await TestClient.request(port: port, "GET", path)
            #expect(answer.status == status)
            #expect(answer.header("content-type") == "application/json")
        }
    }

    @Test("of events begin at once and carry ids")
    func events() async throws {
        try await withServer(routes) { _, port in
            let answer = try await TestClient.request(port: port, "GET", "/events")
            #expect(answer.header("content-type") == "text/event-stream")
            #expect(
                answer.text
                    == ": connected\n\nid: 1\nevent: progress\ndata: 10\n\nid: 2\ndata: two\ndata: lines\n\n")
        }
    }

    @Test("to HTTP/1.0 end with the connection")
    func version10() async throws {
        try await withServer(routes) { _, port in
            let answer = try await blocking {
                let client = try RawConnection(port: port)
                try client.send("GET /chunks HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                return try client.receiveAll()
            }
            #expect(answer.contains("connection: close"))
            #expect(!answer.contains("transfer-encoding"))
            #expect(answer.hasSuffix("part 4\n"))
        }
    }

    @Test("and bodies can flow at the same time")
    func bothWays() async throws {
        try await withServer({ routes in
            routes.on(.post, "/mirror") { request in
                Response(
                    contentType: .bytes,
                    body: .stream(length: request.body.declaredLength) { writer in
                        for try await block in request.body { try await writer.write(block) }
                    })
            }
        }) { _, port in
            let body = (0..<(3 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            let answer = try await TestClient.request(port: port, "POST", "/mirror", body: body)
            #expect(answer.body == body)
        }
    }
}

@Suite("Expect: 100-continue")
struct ExpectContinueTests {
    private func routes(_ routes: inout Routes) {
        routes.on(.post, "/echo") { request in
            Response(contentType: .bytes, body: .bytes(try await request.body.collect(upTo: 100)))
        }
        routes.on(.post, "/refuse") { _ in throw ServiceError(.forbidden, "no", "not for you") }
    }

    @Test("is answered when the body is wanted")
    func wanted() async throws {
        try await withServer(routes) { _, port in
            let (first, rest) = try await blocking {
                let client = try RawConnection(port: port)
                try client.send(
                    "POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
                )
                let first = try client.receive(until: "\r\n\r\n")
                try client.send("abc")
                return (first, try client.receiveAll())
            }
            #expect(first == "HTTP/1.1 100 Continue\r\n\r\n")
            #expect(rest.hasSuffix("\r\n\r\nabc"))
        }
    }

    @Test("is not answered when the request is refused, and the connection ends")
    func refused() async throws {
        try await withServer(routes) { _, port in
            let answer = try await blocking {
                let client = try RawConnection(port: port)
                try client.send(
                    "POST /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
                return try client.receiveAll()
            }
            #expect(answer.hasPrefix("HTTP/1.1 403 "))
            #expect(answer.contains("connection: close"))
        }
    }
}

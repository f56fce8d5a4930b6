import Glibc
import HTTP
import Loop
import Telemetry
import TestKit
import Testing

@Suite("A connection that the server closes")
struct ClosingTests {
    private func routes(_ routes: inout Routes) {
        routes.on(.get, "/hello") { _ in .text("hello") }
        routes.on(.post, "/unread") { _ in .text("not read") }
        routes.on(.get, "/passed-on") { _ in
            var response = Response.text("passed on")
            response.headers.append("Content-Length", "3")
            response.headers.append("Transfer-Encoding", "chunked")
            response.headers.append("Connection", "keep-alive")
            response.headers.append("Date", "yesterday")
            response.headers.append("X-Request-ID", "another")
            response.headers.append("X-Kept", "kept")
            return response
        }
    }

    @Test(
        "brings its answer though the body was not read",
        arguments: [
            "POST /unread HTTP/1.1\r\nHost: a\r\nConnection: close\r\n", "POST /unread HTTP/1.0\r\n",
            "POST /nowhere HTTP/1.1\r\nHost: a\r\nConnection: close\r\n",
        ])
    func unreadBody(head: String) async throws {
        try await withServer(routes) { _, port in
            for length in [1000, 1_000_000, 8_000_000] {
                let answer = try await blocking {
                    let client = try RawConnection(port: port)
                    try client.send("\(head)Content-Length: \(length)\r\n\r\n")
                    usleep(20_000)
                    try client.send([UInt8](repeating: 120, count: length))
                    return try client.receiveAll()
                }
                #expect(answer.hasPrefix("HTTP/1.1 ") && answer.contains("connection: close"), "\(length): \(answer)")
            }
        }
    }

    @Test("that said nothing has as long as one that says a part of its head")
    func silent() async throws {
        var limits = ServerLimits()
        limits.headerTimeout = .milliseconds(200)
        try await withServer(limits: limits, routes) { _, port in
            let answer = try await blocking { try RawConnection(port: port).receiveAll() }
            #expect(answer.isEmpty)
        }
    }

    @Test("over a refused HEAD sends no body")
    func refusedHead() async throws {
        try await withServer(routes) { _, port in
            let answer = try await blocking {
                let client = try RawConnection(port: port)
                try client.send("HEAD /%00 HTTP/1.1\r\nHost: a\r\n\r\n")
                return try client.receiveAll()
            }
            #expect(answer.hasPrefix("HTTP/1.1 400 ") && answer.hasSuffix("\r\n\r\n"), "\(answer)")
        }
    }

    @Test("over a body that is too large names the request, and counts it on its route")
    func tooLarge() async throws {
        var limits = ServerLimits()
        limits.bodyBytes = 10
        let metrics = Metrics()
        try await withServer(limits: limits, metrics: metrics, routes) { _, port in
            let answer = try await blocking {
                let client = try RawConnection(port: port)
                try client.send(
                    "POST /unread HTTP/1.1\r\nHost: a\r\nX-Request-ID: given-by-the-client\r\nContent-Length: 11\r\n\r\n"
                )
                return try client.receiveAll()
            }
            #expect(answer.hasPrefix("HTTP/1.1 413 ") && answer.contains("x-request-id: given-by-the-client\r\n"))
        }
        let text = String(decoding: metrics.render(), as: UTF8.self)
        #expect(text.contains(#"route="/unread""#) && text.contains(#"status="413""#), "\(text)")
    }

    @Test("or not: what the server says of a message, a handler cannot say again")
    func ownFields() async throws {
        try await withServer(routes) { _, port in
            let answer = try await TestClient.request(port: port, "GET", "/passed-on")
            #expect(answer.text == "passed on")
            #expect(answer.header("x-kept") == "kept")
            for (name, value) in [("content-length", "9"), ("transfer-encoding", nil), ("connection", "close")] {
                #expect(answer.header(name) == value)
            }
            for name in ["date", "x-request-id", "content-length", "connection"] {
                #expect(answer.headers.filter { $0.name.lowercased() == name }.count == 1)
            }
        }
    }
}

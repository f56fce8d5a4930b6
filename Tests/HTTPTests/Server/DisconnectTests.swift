import Glibc
import HTTP
import Loop
import TestKit
import Testing

@Suite("A client that leaves")
struct DisconnectTests {
    @Test("cancels its handler's task at once")
    func cancelsHandler() async throws {
        let isCancelled = Shared(false)
        let hasBegun = Shared(false)
        try await withServer({ routes in
            routes.on(.get, "/wait") { _ in
                hasBegun.set(true)
                do {
                    try await EventLoop.current?.sleep(for: .seconds(60))
                } catch {
                    isCancelled.set(true)
                    throw error
                }
                return .text("late")
            }
        }) { server, port in
            try await blocking {
                let client = try RawConnection(port: port)
                try client.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
                while !hasBegun.value { usleep(1000) }
                client.reset()
            }
            #expect(await eventually { isCancelled.value })
            #expect(await eventually { server.openConnections == 0 })
        }
    }

    @Test(
        "leaves nothing behind, whatever the stage",
        arguments: [
            "", "GE", "GET /hello HTTP/1.1\r\nHo", "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n",
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc",
            "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
            "GET /big HTTP/1.1\r\nHost: a\r\n\r\n", "GET /forever HTTP/1.1\r\nHost: a\r\n\r\n",
            "POST /never HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n",
        ], [true, false])
    func everyStage(sent: String, resets: Bool) async throws {
        try await withServer({ routes in
            routes.on(.get, "/hello") { _ in .text("hello") }
            routes.on(.post, "/echo") { request in
                Response(body: .bytes(try await request.body.collect(upTo: 1000)))
            }
            routes.on(.post, "/never") { request in
                try await EventLoop.current?.sleep(for: .seconds(60))
                return .text("x")
            }
            routes.on(.get, "/big") { _ in
                Response(body: .bytes([UInt8](repeating: 7, count: 32 << 20)))
            }
            routes.on(.get, "/forever") { _ in
                Response(
                    body: .stream(length: nil) { writer in
                        while true {
                            try await writer.write([UInt8](repeating: 7, count: 1000))
                            try await EventLoop.current?.sleep(for: .milliseconds(5))
                        }
                    })
            }
        }) { server, port in
            try await blocking {
                for _ in 0..<5 {
                    let client = try RawConnection(port: port)
                    if !sent.isEmpty { try client.send(sent) }
                    if resets { client.reset() }
                }
            }
            #expect(await eventually { server.openConnections == 0 })
            let answer = try await TestClient.request(port: port, "GET", "/hello")
            #expect(answer.text == "hello")
        }
    }

    @Test("an incomplete body reaches the handler as an error, never as a short body")
    func incompleteBody() async throws {
        let outcome = Shared("none")
        try await withServer({ routes in
            routes.on(.post, "/echo") { request in
                do {
                    outcome.set("\(try await request.body.collect(upTo: 1000).count) bytes")
                } catch {
                    outcome.set("\(error)")
                    throw error
                }
                return .text("ok")
            }
        }) { _, port in
            try await blocking {
                let client = try RawConnection(port: port)
                try client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc")
                client.finishSending()
                _ = try client.receiveAll()
            }
            #expect(await eventually { outcome.value == "incomplete" }, "\(outcome.value)")
        }
    }

    @Test("a client that only stops sending still gets its answer")
    func halfClose() async throws {
        try await withServer({ routes in routes.on(.get, "/hello") { _ in .text("hello") } }) { _, port in
            let answer = try await blocking {
                let client = try RawConnection(port: port)
                try client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
                client.finishSending()
                return try client.receiveAll()
            }
            #expect(answer.hasSuffix("\r\n\r\nhello"))
        }
    }
}

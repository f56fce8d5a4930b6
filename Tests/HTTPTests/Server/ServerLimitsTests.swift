import Glibc
import HTTP
import Loop
import TestKit
import Testing

@Suite("A server's limits")
struct ServerLimitsTests {
    private func routes(_ routes: inout Routes) {
        routes.on(.get, "/hello") { _ in .text("hello") }
        routes.on(.post, "/echo") { request in
            Response(contentType: .bytes, body: .bytes(try await request.body.collect(upTo: 1 << 20)))
        }
        routes.on(.post, "/small") { request in
            Response(contentType: .bytes, body: .bytes(try await request.body.collect(upTo: 8)))
        }
        routes.on(.get, "/slow") { _ in
            try await EventLoop.current?.sleep(for: .seconds(30))
            return .text("late")
        }
    }

    /// Sends a text and then nothing more; answers what comes until the server closes, and how long that took.
    private func exchange(_ port: UInt16, _ text: String) async throws -> (answer: String, seconds: Double) {
        let started = Deadline.now
        let answer = try await blocking {
            let client = try RawConnection(port: port)
            try client.send(text)
            return try client.receiveAll()
        }
        return (answer, Double(Deadline.now.duration(since: started).clampedNanoseconds) / 1e9)
    }

    @Test("a head that does not end is answered 408 and closed")
    func slowHead() async throws {
        var limits = ServerLimits()
        limits.headerTimeout = .milliseconds(200)
        try await withServer(limits: limits, routes) { _, port in
            let (answer, seconds) = try await exchange(port, "GET /hello HTTP/1.1\r\nHost: a\r\nX: ")
            #expect(answer.hasPrefix("HTTP/1.1 408 "))
            #expect(seconds < 5)
        }
    }

    @Test("a body that does not come is answered 408 and closed")
    func slowBody() async throws {
        var limits = ServerLimits()
        limits.bodyTimeout = .milliseconds(200)
        try await withServer(limits: limits, routes) { _, port in
            let (answer, _) = try await exchange(
                port, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
            #expect(answer.hasPrefix("HTTP/1.1 408 "), "\(answer)")
            #expect(answer.contains("connection: close"))
        }
    }

    @Test("a client that trickles its body runs out of patience, however regular it is")
    func tricklingBody() async throws {
        var limits = ServerLimits()
        limits.bodyTimeout = .milliseconds(300)
        limits.slowestBytesPerSecond = 1000
        try await withServer(limits: limits, routes) { _, port in
            let answer = try await blocking {
                let client = try RawConnection(port: port)
                try client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n")
                // A byte each 20 ms never exceeds the wait for one byte; it earns one millisecond a byte.
                for _ in 0..<400 {
                    if (try? client.send("x")) == nil { break }
                    usleep(20000)
                }
                return try client.receiveAll()
            }
            #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 408 "), "\(answer)")
        }
    }

    @Test("an idle connection is closed without a word")
    func idle() async throws {
        var limits = ServerLimits()
        limits.idleTimeout = .milliseconds(200)
        try await withServer(limits: limits, routes) { _, port in
            let (answer, seconds) = try await exchange(port, "")
            #expect(answer.isEmpty)
            #expect(seconds < 5)
        }
    }

    @Test("a client that does not take its answer is dropped")
    func slowReader() async throws {
        var limits = ServerLimits()
        limits.writeTimeout = .milliseconds(300)
        let hasBegun = Shared(false)
        try await withServer(limits: limits, { routes in
            routes.on(.get, "/big") { _ in
                hasBegun.set(true)
                return Response(body: .bytes([UInt8](repeating: 120, count: 64 << 20)))
            }
        }) { server, port in
            let client = try await blocking {
                let client = try RawConnection(port: port, receiveBuffer: 4096)
                try client.send("GET /big HTTP/1.1\r\nHost: a\r\n\r\n")
                return client
            }
            #expect(await eventually { hasBegun.value })
            #expect(await eventually { server.openConnections == 0 })
            _ = client
        }
    }

    @Test("a declared body over the limit is refused before it is read", arguments: ["/echo", "/small"])
    func declaredTooLarge(path: String) async throws {
        var limits = ServerLimits()
        limits.bodyBytes = path == "/echo" ? 100 : 1 << 20
        try await withServer(limits: limits, routes) { _, port in
            let (answer, _) = try await exchange(
                port, "POST \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 413 "), "\(answer)")
        }
    }

    @Test("a chunked body over the limit is refused once it exceeds it")
    func chunkedTooLarge() async throws {
        try await withServer(routes) { _, port in
            let (answer, _) = try await exchange(
                port,
                "POST /small HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 413 "), "\(answer)")
        }
    }

    @Test("too many connections are told so")
    func connectionLimit() async throws {
        var limits = ServerLimits()
        limits.connections = 2
        try await withServer(limits: limits, routes) { _, port in
            let answer = try await blocking {
                let first = try RawConnection(port: port)
                let second = try RawConnection(port: port)
                try first.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = try first.receive(until: "hello")
                let third = try RawConnection(port: port)
                let answer = try third.receiveAll()
                _ = second
                return answer
            }
            #expect(answer.hasPrefix("HTTP/1.1 503 "))
        }
    }

    @Test("a handler that takes too long is cancelled and answered 503")
    func requestTimeout() async throws {
        var limits = ServerLimits()
        limits.requestTimeout = .milliseconds(200)
        try await withServer(limits: limits, routes) { _, port in
            let (answer, seconds) = try await exchange(port, "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 503 "), "\(answer)")
            #expect(seconds < 5)
        }
    }

    @Test("the socket is not read while nobody asks for the body")
    func backPressure() async throws {
        let release = Shared(false)
        try await withServer({ routes in
            routes.on(.post, "/wait") { request in
                while !release.value { try await EventLoop.current?.sleep(for: .milliseconds(10)) }
                var count = 0
                for try await block in request.body { count += block.count }
                return .text("\(count)")
            }
        }) { _, port in
            let total = 64 << 20
            let (taken, answer) = try await blocking {
                let client = try RawConnection(port: port)
                try client.send("POST /wait HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: \(total)\r\n\r\n")
                let taken = client.sendWhatFits([UInt8](repeating: 1, count: 1 << 16), milliseconds: 500)
                release.set(true)
                let rest = RawConnection.Rest(client, total - taken)
                try rest.send()
                return (taken, try client.receiveAll())
            }
            #expect(taken < 16 << 20, "the kernel's buffers took \(taken) bytes")
            #expect(answer.hasSuffix("\r\n\r\n\(total)"), "\(answer)")
        }
    }
}

extension RawConnection {
    /// The rest of a long body.
    struct Rest {
        private let client: RawConnection
        private let count: Int

        init(_ client: RawConnection, _ count: Int) {
            self.client = client
            self.count = count
        }

        func send() throws {
            var left = count
            while left > 0 {
                let size = min(left, 1 << 16)
                try client.send([UInt8](repeating: 1, count: size))
                left -= size
            }
        }
    }
}

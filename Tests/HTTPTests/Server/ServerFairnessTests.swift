import Glibc
import HTTP
import Loop
import Testing

/// One connection that always has more for the server to do, and others on the same loop.
@Suite("A busy connection", .serialized, .timeLimit(.minutes(2)))
struct ServerFairnessTests {
    private func routes(_ routes: inout Routes) {
        routes.on(.get, "/hello") { _ in .text("hello") }
        routes.on(.get, "/turn") { _ in .text("turn:\(EventLoop.current?.turn ?? 0);") }
        routes.on(.put, "/count") { request in
            var count = 0
            for try await block in request.body { count += block.count }
            return .text("\(count)")
        }
        routes.on(.get, "/endless") { _ in
            Response(
                contentType: .bytes,
                body: .stream(length: nil) { writer in
                    let block = [UInt8](repeating: 7, count: 65536)
                    while true { try await writer.write(block) }
                })
        }
        routes.on(.get, "/large") { _ in
            Response(contentType: .bytes, body: .bytes([UInt8](repeating: 7, count: 64 << 20)))
        }
    }

    /// Other connections are answered while `hog` is at work; it goes on until the flag is raised, and moves bytes. All
    /// on threads of its own, so that the hog's time does not depend on other tests.
    private func share(hog: @escaping @Sendable (RawConnection, Shared<Bool>, Shared<Int>) throws -> Void) async throws
    {
        let group = try EventLoopGroup(count: 1)
        defer { group.stop() }
        try await withServer(group: group, routes) { _, port in
            let slowest = try await blocking {
                let isOver = Shared(false)
                let moved = Shared(0)
                let client = try RawConnection(port: port)
                let busy = try startThread(named: "hog") { try? hog(client, isOver, moved) }
                defer {
                    isOver.set(true)
                    client.reset()
                    pthread_join(busy, nil)
                }
                try Self.wait(until: 1 << 20, moved)
                let slowest = try Self.slowestAnswer(port)
                try Self.wait(until: moved.value + 1, moved)
                return slowest
            }
            #expect(slowest < .seconds(1), "\(slowest)")
        }
    }

    private static func wait(until count: Int, _ moved: Shared<Int>) throws {
        let deadline = Deadline.after(.seconds(30))
        while moved.value < count {
            guard Deadline.now < deadline else { throw RawConnection.Failed(description: "moved \(moved.value) bytes") }
            usleep(1000)
        }
    }

    private static func slowestAnswer(_ port: UInt16) throws -> Duration {
        var slowest = Duration.zero
        for _ in 0..<4 {
            let client = try RawConnection(port: port)
            for _ in 0..<5 {
                let start = Deadline.now
                try client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
                let answer = try client.receive(until: "\r\n\r\nhello")
                guard answer.hasSuffix("hello") else {
                    throw RawConnection.Failed(description: "answered '\(answer)'")
                }
                slowest = max(slowest, Deadline.now.duration(since: start))
            }
        }
        return slowest
    }

    /// Sends the same bytes again and again.
    private static func send(
        _ bytes: [UInt8], over client: RawConnection, until isOver: Shared<Bool>, _ moved: Shared<Int>?
    ) throws {
        while !isOver.value {
            try client.send(bytes)
            moved?.update { $0 += bytes.count }
        }
    }

    /// Takes what comes and throws it away.
    private static func receive(from client: RawConnection, until isOver: Shared<Bool>, _ moved: Shared<Int>) throws {
        while !isOver.value, let block = try client.receiveBlock() { moved.update { $0 += block.count } }
    }

    @Test("that pipelines requests without end does not keep others waiting")
    func pipelining() async throws {
        try await share { client, isOver, moved in
            let requests = Array(String(repeating: "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n", count: 2000).utf8)
            let sender = try startThread(named: "pipeline") {
                try? Self.send(requests, over: client, until: isOver, nil)
            }
            defer { pthread_join(sender, nil) }
            try Self.receive(from: client, until: isOver, moved)
        }
    }

    @Test("that uploads at full speed does not keep others waiting", arguments: ["length", "chunks"])
    func upload(framing: String) async throws {
        try await share { client, isOver, moved in
            var piece = [UInt8](repeating: 7, count: 1 << 20)
            if framing == "length" {
                try client.send("PUT /count HTTP/1.1\r\nHost: a\r\nContent-Length: \(1 << 40)\r\n\r\n")
            } else {
                try client.send("PUT /count HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
                piece = Array("100000\r\n".utf8) + piece + Array("\r\n".utf8)
            }
            try Self.send(piece, over: client, until: isOver, moved)
        }
    }

    @Test(
        "that takes a streamed or a large answer at full speed does not keep others waiting",
        arguments: [
            "/endless", "/large",
        ])
    func download(path: String) async throws {
        try await share { client, isOver, moved in
            try client.send(String(repeating: "GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n", count: 500))
            try Self.receive(from: client, until: isOver, moved)
        }
    }

    @Test("that sends many requests in one piece has them answered over many turns of its loop")
    func turns() async throws {
        try await withServer(routes) { _, port in
            let answers = try await blocking {
                let client = try RawConnection(port: port)
                let last = "GET /turn HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
                try client.send(String(repeating: "GET /turn HTTP/1.1\r\nHost: a\r\n\r\n", count: 499) + last)
                return try client.receiveAll()
            }
            let turns = answers.components(separatedBy: "turn:").dropFirst().compactMap {
                $0.split(separator: ";").first
            }
            #expect(turns.count == 500)
            #expect(Set(turns).count >= 20)
        }
    }

    @Test("gets every answer, however many requests it sends before it closes its side")
    func halfClosedPipeline() async throws {
        try await withServer(routes) { _, port in
            let answers = try await blocking {
                let client = try RawConnection(port: port)
                try client.send(String(repeating: "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n", count: 1000))
                client.finishSending()
                return try client.receiveAll()
            }
            #expect(answers.components(separatedBy: "\r\n\r\nhello").count == 1001)
        }
    }

    @Test("has its body read to the end though it closed its side meanwhile", arguments: [1 << 20, 5_000_000])
    func halfClosedUpload(count: Int) async throws {
        try await withServer(routes) { _, port in
            let answer = try await blocking {
                let client = try RawConnection(port: port)
                try client.send("PUT /count HTTP/1.1\r\nHost: a\r\nContent-Length: \(count)\r\n\r\n")
                try client.send([UInt8](repeating: 7, count: count))
                client.finishSending()
                return try client.receiveAll()
            }
            #expect(answer.hasSuffix("\r\n\r\n\(count)"), "\(answer)")
        }
    }
}

import Loop
import TestKit
import Testing

@testable import HTTP

/// Which connections serve which requests, and that nothing is left of them.
struct OutgoingConnectionTests {
    private static let answer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"

    @Test("A kept connection serves what may be repeated; anything else gets a new one")
    func reuse() async throws {
        let server = try ScriptedServer { peer in
            while true {
                try peer.head()
                try peer.send(Self.answer)
            }
        }
        defer { server.stop() }
        let url = server.url()
        try await onLoop {
            let client = OutgoingClient(settings: .loopback())
            func send(_ method: HTTP.Method, isRepeatable: Bool? = nil) async throws -> Int {
                var request = OutgoingRequest(method, url)
                request.isRepeatable = isRepeatable
                _ = try await client.send(request).body.collect(upTo: 2)
                return server.connections
            }
            let counts = [
                try await send(.get), try await send(.get), try await send(.put), try await send(.post),
                try await send(.post, isRepeatable: true), try await send(.get, isRepeatable: false),
            ]
            #expect(counts == [1, 1, 1, 2, 2, 3])
        }
    }

    @Test("A request that dies with a kept connection before its answer is sent again on a new one")
    func repeated() async throws {
        let server = try ScriptedServer(
            { peer in
                try peer.head()
                try peer.send(Self.answer)
                try peer.head()
                try peer.read(5)
            },
            { peer in
                let head = try peer.head()
                let body = try peer.read(5)
                try peer.send("HTTP/1.1 200 OK\r\ncontent-length: \(head.utf8.count)\r\n\r\n")
                try peer.send(head)
                #expect(body == Array("hello".utf8))
            })
        defer { server.stop() }
        let url = server.url()
        try await onLoop {
            let client = OutgoingClient(settings: .loopback())
            _ = try await client.send(OutgoingRequest(.get, url)).body.collect(upTo: 2)
            let again = try await client.send(OutgoingRequest(.put, url, body: .text("hello")))
            let head = try await again.body.collect(upTo: 1000)
            #expect(String(decoding: head, as: UTF8.self).hasPrefix("PUT / HTTP/1.1\r\n"))
        }
        #expect(server.connections == 2)
    }

    @Test("A client that has ended leaves no connection, watch or timer behind, whatever it was doing")
    func nothingLeft() async throws {
        let ended = Notes<Int>()
        let server = try ScriptedServer { peer in
            defer { ended.add(1) }
            while true {
                let head = try peer.head()
                guard !head.contains(" /silent ") else { return peer.waitForEnd() }
                try peer.send("HTTP/1.1 200 OK\r\ncontent-length: 500000\r\n\r\n")
                try peer.send([UInt8](repeating: 1, count: 500_000))
            }
        }
        defer { server.stop() }
        let loops = try EventLoopGroup(count: 1, name: "outgoing")
        let loop = loops.nextLoop()
        let (silent, whole) = (server.url("/silent"), server.url("/whole"))
        try await loop.run {
            let client = OutgoingClient(settings: .loopback())
            for index in 0..<80 {
                let url = [silent, "http://nowhere-\(index).invalid/", whole, whole][index % 4]
                let task = Task(executorPreference: loop) { try await client.send(OutgoingRequest(.get, url)) }
                switch index % 4 {
                case 0, 1:
                    // Cancelled in all stages from before the resolution of the name on.
                    for _ in 0..<index / 4 { await Task.yield() }
                    task.cancel()
                    let result = await task.result
                    switch result {
                    case .failure(ClientError.cancelled): break
                    case .failure(ClientError.couldNotResolve) where index % 4 == 1: break
                    default: Issue.record("\(result)")
                    }
                case 2: _ = try await task.value.body.collect(upTo: 500_000)
                // Dropped with its body unread.
                default: _ = try await task.value
                }
            }
        }
        #expect(await eventually { (try? await loop.run { loop.watchCount == 0 && loop.timerCount == 0 }) == true })
        #expect(await eventually { ended.all.count == server.connections })
        try await BlockingPool(maximumThreads: 1).run { loops.stop() }
    }

    @Test("A client that was shut down refuses what comes and lets what is under way go on")
    func shutDown() async throws {
        let mayAnswer = Flag()
        let server = try ScriptedServer { peer in
            try peer.head()
            mayAnswer.block()
            try peer.send(Self.answer)
        }
        defer { server.stop() }
        let url = server.url()
        try await onLoop {
            let client = OutgoingClient(settings: .loopback())
            async let underWay = client.send(OutgoingRequest(.get, url)).body.collect(upTo: 2)
            #expect(await eventually { server.connections == 1 })
            client.shutDown()
            // Loops are told in their turn, and before this.
            try await EventLoop.current?.sleep(for: .zero)
            let error = await failure { _ = try await client.send(OutgoingRequest(.get, url)) }
            #expect(isSame(error, .poolExhausted))
            mayAnswer.raise()
            let bytes = try await underWay
            #expect(bytes == Array("ok".utf8))
        }
    }

    @Test("Loops have connections of their own")
    func loops() async throws {
        let server = try ScriptedServer { peer in
            while true {
                try peer.head()
                try peer.send(Self.answer)
            }
        }
        defer { server.stop() }
        let (client, url) = (OutgoingClient(settings: .loopback()), server.url())
        for loop in TestService.loops.loops {
            for _ in 0..<3 {
                let bytes = try await loop.run {
                    try await client.send(OutgoingRequest(.get, url)).body.collect(upTo: 2)
                }
                #expect(bytes == Array("ok".utf8))
            }
        }
        #expect(server.connections == TestService.loops.loops.count)
    }
}

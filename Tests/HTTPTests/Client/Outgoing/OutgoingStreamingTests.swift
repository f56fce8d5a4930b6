import Loop
import TestKit
import Testing

@testable import HTTP

/// Bodies on their way, up and down: back-pressure, cancellation, sources that fail.
struct OutgoingStreamingTests {
    @Test("A slow reader slows the peer, and then gets every byte")
    func slowReader() async throws {
        let whole = patternedBytes(32 << 20)
        let taken = Notes<Int>()
        let server = try ScriptedServer { peer in
            try peer.head()
            try peer.send("HTTP/1.1 200 OK\r\ncontent-length: \(whole.count)\r\n\r\n")
            let count = peer.sendUntilStuck(whole)
            taken.add(count)
            try peer.send(Array(whole[count...]))
            peer.waitForEnd()
        }
        defer { server.stop() }
        let url = server.url()
        try await onLoop {
            var settings = OutgoingSettings.loopback()
            // The peer is slowed by us and must not be blamed for it.
            settings.timeouts.betweenBytes = Nanoseconds(.seconds(1))
            let answer = try await OutgoingClient(settings: settings).send(OutgoingRequest(.get, url))
            #expect(await eventually { !taken.all.isEmpty })
            try await EventLoop.current?.sleep(for: .milliseconds(1200))
            // What the sockets' buffers take, and little more.
            #expect(taken.all[0] < 24 << 20)
            var offset = 0
            for try await block in answer.body {
                #expect(block.count <= settings.limits.bufferedBytes)
                let isSame = isEqual(block, whole[offset..<offset + block.count])
                try #require(isSame)
                offset += block.count
            }
            #expect(offset == whole.count)
        }
    }

    @Test("A slow peer slows the source, which is asked for no more than is sent", arguments: [nil, 32 << 20])
    func slowPeer(length: Int?) async throws {
        let mayRead = Flag()
        let received = Notes<Int>()
        let server = try ScriptedServer { peer in
            try peer.head()
            mayRead.block()
            for _ in 0..<32 { received.add(try peer.read(1 << 20).count) }
            // With the chunks' framing more is on the wire.
            if length == nil { try peer.read(until: "\r\n0\r\n\r\n") }
            try peer.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        }
        defer { server.stop() }
        let asked = Notes<Int>()
        let count = 512
        let blocks = Blocks(block: [UInt8](repeating: 1, count: 64 << 10), count: count, asked: asked)
        let request = OutgoingRequest(.put, server.url(), body: .stream(blocks, length: length))
        async let answer = fetch(request)
        #expect(await eventually { asked.all.count > 1 })
        var before = -1
        #expect(
            await eventually {
                // At rest: nothing was asked for during a whole interval.
                defer { before = asked.all.count }
                try? await Task.sleep(for: .milliseconds(200))
                return asked.all.count == before
            })
        #expect(asked.all.count < count)
        mayRead.raise()
        let body = try await answer.body
        #expect(body == Array("ok".utf8))
        #expect(asked.all.count == count)
        #expect(received.all.reduce(0, +) == 32 << 20)
    }

    @Test("A slow source is waited for, piece by piece, longer than the peer would be")
    func slowSource() async throws {
        let server = try ScriptedServer { peer in
            try peer.head()
            for _ in 0..<3 { try peer.read(until: "1\r\nx\r\n") }
            try peer.read(until: "0\r\n\r\n")
            try peer.send("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        }
        defer { server.stop() }
        var request = OutgoingRequest(
            .post, server.url(), body: .stream(SlowBlocks(count: 3, pause: .milliseconds(1300))))
        request.timeouts = ClientTimeouts(firstByte: .seconds(3), betweenBytes: .seconds(1))
        let answer = try await fetch(request)
        #expect(answer.response.status == .ok)
    }

    @Test("A source that fails, or yields more or less than it declared, fails the request")
    func sourceFails() async throws {
        let server = try ScriptedServer { peer in
            try peer.head()
            peer.waitForEnd()
        }
        defer { server.stop() }
        let block = [UInt8](repeating: 1, count: 100)
        let table: [(ClientBody, any Error)] = [
            (.stream(Blocks(block: block, count: 2, failsAtEnd: true)), Blocks.Failed()),
            (.stream(Blocks(block: block, count: 3), length: 250), BodyLengthMismatch(declared: 250, sent: 300)),
            (.stream(Blocks(block: block, count: 2), length: 250), BodyLengthMismatch(declared: 250, sent: 200)),
        ]
        for (body, cause) in table {
            let error = await fetchFailure(OutgoingRequest(.post, server.url(), body: body))
            #expect(isSame(error, .requestBodyFailed(cause)), "\(String(describing: error))")
        }
    }

    @Test("An answer that comes before the body was sent is read, and the source ends")
    func earlyAnswer() async throws {
        let server = try ScriptedServer { peer in
            try peer.head()
            try peer.send("HTTP/1.1 413 Content Too Large\r\ncontent-length: 3\r\nconnection: close\r\n\r\nbig")
            peer.waitForEnd()
        }
        defer { server.stop() }
        let blocks = Blocks(block: [UInt8](repeating: 1, count: 64 << 10), count: 1 << 20)
        let answer = try await fetch(OutgoingRequest(.post, server.url(), body: .stream(blocks)))
        #expect(answer.response.status == .contentTooLarge)
        #expect(answer.body == Array("big".utf8))
    }

    enum Moment: CaseIterable, Sendable {
        case handshake, head, body, upload
    }

    @Test("Cancelling closes the connection at once", arguments: Moment.allCases)
    func cancelled(_ moment: Moment) async throws {
        let isReached = Flag()
        let hasEnded = Flag()
        let server = try ScriptedServer { peer in
            defer { hasEnded.raise() }
            if moment == .handshake {
                try peer.read(1)
            } else {
                try peer.head()
            }
            if moment == .body { try peer.send("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhel") }
            if moment == .upload { try peer.read(10) }
            if moment != .body { isReached.raise() }
            peer.waitForEnd()
        }
        defer { server.stop() }
        let scheme = moment == .handshake ? "https" : "http"
        var request = OutgoingRequest(.get, "\(scheme)://127.0.0.1:\(server.port)/")
        if moment == .upload {
            request.method = .put
            request.body = .stream(SlowBlocks(count: 1000))
        }
        let task = Task { [request] in
            try await onLoop {
                await failure {
                    let answer = try await OutgoingClient(settings: .loopback()).send(request)
                    for try await _ in answer.body { isReached.raise() }
                }
            }
        }
        #expect(await eventually { isReached.isRaised })
        task.cancel()
        #expect(isSame(try await task.value, .cancelled))
        #expect(await eventually { hasEnded.isRaised })
    }

    @Test("A body that is dropped unread closes its connection")
    func dropped() async throws {
        let hasEnded = Flag()
        let server = try ScriptedServer { peer in
            try peer.head()
            try peer.send("HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\nhel")
            peer.waitForEnd()
            hasEnded.raise()
        }
        defer { server.stop() }
        let (client, url) = (OutgoingClient(settings: .loopback()), server.url())
        try await onLoop { _ = try await client.send(OutgoingRequest(.get, url)).status }
        #expect(await eventually { hasEnded.isRaised })
    }
}

/// Single bytes with pauses between them.
private struct SlowBlocks: AsyncSequence, Sendable {
    let count: Int
    var pause = Duration.milliseconds(100)

    struct Iterator: AsyncIteratorProtocol {
        var left: Int
        let pause: Duration

        mutating func next() async throws -> [UInt8]? {
            guard left > 0 else { return nil }
            left -= 1
            try await TestService.loops.loops[0].sleep(for: pause)
            return Array("x".utf8)
        }
    }

    func makeAsyncIterator() -> Iterator { Iterator(left: count, pause: pause) }
}

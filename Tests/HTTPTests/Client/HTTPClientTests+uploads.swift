import Loop
import TestKit
import Testing

@testable import HTTP

extension HTTPClientTests {
    @Test("A stream of known length goes out as it is, one of unknown length in chunks", arguments: [true, false])
    func streams(hasLength: Bool) async throws {
        let heads = Notes<String>()
        let server = try ScriptedServer { peer in
            while true {
                heads.add(try peer.head())
                if hasLength {
                    #expect(try peer.read(9) == Array("abcabcabc".utf8))
                } else {
                    #expect(try peer.read(until: "0\r\n\r\n") == "3\r\nabc\r\n3\r\nabc\r\n3\r\nabc\r\n0\r\n\r\n")
                }
                try peer.send(Self.ok)
            }
        }
        defer { server.stop() }
        try await onLoop {
            let client = HTTPClient()
            for _ in 0..<3 {
                let blocks = Blocks(block: Array("abc".utf8), count: 3)
                let body = ClientBody.stream(blocks, length: hasLength ? 9 : nil)
                let answer = try await client.send(ClientRequest(.post, .local(server), "/", body: body))
                #expect(try await answer.body.collect(upTo: 2) == Array("ok".utf8))
            }
        }
        #expect(heads.all.count == 3)
        #expect(
            heads.all.allSatisfy { $0.contains(hasLength ? "content-length: 9\r\n" : "transfer-encoding: chunked\r\n") }
        )
        #expect(server.connections == 1)
    }

    @Test("A large body arrives whole at a peer that reads slowly", arguments: [true, false])
    func largeBody(streamed: Bool) async throws {
        let block = patternedBytes(1 << 20)
        let server = try ScriptedServer { peer in
            try peer.head()
            for _ in 0..<16 { #expect(isEqual(try peer.read(block.count), block[...])) }
            try peer.send(Self.ok)
            peer.waitForEnd()
        }
        defer { server.stop() }
        try await onLoop {
            let client = HTTPClient()
            var whole: [UInt8] = []
            for _ in 0..<16 { whole += block }
            let body: ClientBody =
                streamed ? .stream(Blocks(block: block, count: 16), length: whole.count) : .bytes(whole)
            let answer = try await client.send(ClientRequest(.post, .local(server), "/", body: body))
            #expect(answer.status == .ok)
            #expect(client.connectionCount(to: .local(server)).idle == 1)
        }
    }

    @Test("An answer that comes before the body was read is read, and the rest of the body is not sent")
    func earlyAnswer() async throws {
        let server = try ScriptedServer { peer in
            try peer.head()
            try peer.send("HTTP/1.1 413 Content Too Large\r\ncontent-length: 2\r\n\r\nno")
            peer.waitForEnd()
        }
        defer { server.stop() }
        try await onLoop {
            let client = HTTPClient()
            let blocks = Blocks(block: [UInt8](repeating: 1, count: 1 << 20), count: 1 << 20)
            let answer = try await client.send(ClientRequest(.post, .local(server), "/", body: .stream(blocks)))
            #expect(answer.status == .contentTooLarge)
            #expect(try await answer.body.collect(upTo: 2) == Array("no".utf8))
            #expect(client.connectionCount(to: .local(server)).open == 0)
        }
    }

    @Test("An answer is read though the peer closed without reading the body")
    func earlyAnswerAndClose() async throws {
        let server = try ScriptedServer { peer in
            try peer.head()
            try peer.send("HTTP/1.1 413 Content Too Large\r\ncontent-length: 2\r\n\r\nno")
        }
        defer { server.stop() }
        try await onLoop {
            let body = ClientBody.stream(Blocks(block: [UInt8](repeating: 1, count: 1 << 18), count: 1 << 12))
            let answer = try await HTTPClient().send(ClientRequest(.post, .local(server), "/", body: body))
            #expect(answer.status == .contentTooLarge)
        }
    }

    @Test("A peer that stops reading is given up")
    func stuckPeer() async throws {
        let mayEnd = Flag()
        let server = try ScriptedServer { _ in mayEnd.block() }
        defer { server.stop() }
        try await onLoop {
            let client = HTTPClient(timeouts: ClientTimeouts(betweenBytes: .milliseconds(50)))
            let body = ClientBody.bytes([UInt8](repeating: 1, count: 32 << 20))
            let error = await failure {
                _ = try await client.send(ClientRequest(.post, .local(server), "/", body: body))
            }
            #expect(isSame(error, .timedOut(.sending)), "\(String(describing: error))")
            mayEnd.raise()
        }
    }

    @Test("A source that fails ends the request with its reason")
    func failingSource() async throws {
        let hasEnded = Flag()
        let server = try ScriptedServer { peer in
            try peer.head()
            peer.waitForEnd()
            hasEnded.raise()
        }
        defer { server.stop() }
        try await onLoop {
            let body = ClientBody.stream(Blocks(block: [1], count: 2, failsAtEnd: true))
            let error = await failure {
                _ = try await HTTPClient().send(ClientRequest(.post, .local(server), "/", body: body))
            }
            guard case .requestBodyFailed(let reason) = error else { return #expect(Bool(false)) }
            #expect(reason is Blocks.Failed)
        }
        #expect(await eventually { hasEnded.isRaised })
    }

    @Test("A source that yields more or less than it declared fails the request", arguments: [2, 4])
    func wrongLength(declared: Int) async throws {
        let server = try ScriptedServer { $0.waitForEnd() }
        defer { server.stop() }
        try await onLoop {
            let body = ClientBody.stream(Blocks(block: [1], count: 3), length: declared)
            let error = await failure {
                _ = try await HTTPClient().send(ClientRequest(.post, .local(server), "/", body: body))
            }
            guard case .requestBodyFailed(let reason as BodyLengthMismatch) = error else { return #expect(Bool(false)) }
            #expect(reason.declared == declared)
        }
    }

    @Test("A slow source does not run into the time for the first byte")
    func slowSource() async throws {
        let server = try ScriptedServer { peer in
            try peer.head()
            try peer.read(until: "0\r\n\r\n")
            try peer.send(Self.ok)
            peer.waitForEnd()
        }
        defer { server.stop() }
        try await onLoop {
            let (blocks, source) = AsyncStream.makeStream(of: [UInt8].self)
            async let answer = HTTPClient(timeouts: ClientTimeouts(firstByte: .seconds(3))).send(
                ClientRequest(.post, .local(server), "/", body: .stream(blocks)))
            for _ in 0..<20 {
                try await EventLoop.current?.sleep(for: .milliseconds(200))
                source.yield([1])
            }
            source.finish()
            #expect(try await answer.status == .ok)
        }
    }

    @Test("A body waits for 100 Continue and goes out after it")
    func continues() async throws {
        let server = try ScriptedServer { peer in
            while true {
                #expect(try peer.head().contains("expect: 100-continue\r\n"))
                try peer.send("HTTP/1.1 100 Continue\r\n\r\n")
                #expect(try peer.read(3) == Array("abc".utf8))
                try peer.send(Self.ok)
            }
        }
        defer { server.stop() }
        try await onLoop {
            let client = HTTPClient()
            for _ in 0..<2 {
                var request = ClientRequest(.post, .local(server), "/", body: .text("abc"))
                request.expectsContinue = true
                let answer = try await client.send(request)
                #expect(answer.status == .ok)
            }
        }
        #expect(server.connections == 1)
    }

    @Test("A body that is answered before it was asked for is never sent")
    func expectationRefused() async throws {
        let asked = Notes<Int>()
        let server = try ScriptedServer { peer in
            try peer.head()
            try peer.send("HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n")
            peer.waitForEnd()
        }
        defer { server.stop() }
        try await onLoop {
            let client = HTTPClient(timeouts: ClientTimeouts(continueAnswer: .seconds(60)))
            let body = ClientBody.stream(Blocks(block: [1], count: 3, asked: asked))
            var request = ClientRequest(.post, .local(server), "/", body: body)
            request.expectsContinue = true
            let answer = try await client.send(request)
            #expect(answer.status == .unauthorized)
            #expect(client.connectionCount(to: .local(server)).open == 0)
        }
        #expect(asked.all.isEmpty)
    }

    @Test("A peer that knows no 100 Continue gets the body after a moment")
    func continueIgnored() async throws {
        let server = try ScriptedServer { peer in
            try peer.head()
            #expect(try peer.read(3) == Array("abc".utf8))
            try peer.send(Self.ok)
            peer.waitForEnd()
        }
        defer { server.stop() }
        try await onLoop {
            var request = ClientRequest(.post, .local(server), "/", body: .text("abc"))
            request.expectsContinue = true
            let answer = try await HTTPClient().send(request)
            #expect(answer.status == .ok)
        }
    }
}

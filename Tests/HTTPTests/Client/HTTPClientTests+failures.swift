import Loop
import TestKit
import Testing

@testable import HTTP

extension HTTPClientTests {
    struct Disconnect: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let sends: String?
        var resets = false
        let expected: ClientError
    }

    static let disconnects = [
        Disconnect(testDescription: "at once", sends: nil, expected: .connectionLost(afterResponseBegan: false)),
        Disconnect(
            testDescription: "after the request", sends: "", expected: .connectionLost(afterResponseBegan: false)),
        Disconnect(
            testDescription: "in the status line", sends: "HTTP/1.", expected: .connectionLost(afterResponseBegan: true)
        ),
        Disconnect(
            testDescription: "in the head", sends: "HTTP/1.1 200 OK\r\ncontent-len",
            expected: .connectionLost(afterResponseBegan: true)),
        Disconnect(
            testDescription: "after an interim head", sends: "HTTP/1.1 103 Early Hints\r\n\r\n",
            expected: .connectionLost(afterResponseBegan: true)),
        Disconnect(
            testDescription: "after the head", sends: "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n",
            expected: .connectionLost(afterResponseBegan: true)),
        Disconnect(
            testDescription: "in the body", sends: "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhel",
            expected: .connectionLost(afterResponseBegan: true)),
        Disconnect(
            testDescription: "in a chunk's size",
            sends: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1",
            expected: .connectionLost(afterResponseBegan: true)),
        Disconnect(
            testDescription: "in a chunk",
            sends: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel",
            expected: .connectionLost(afterResponseBegan: true)),
        Disconnect(
            testDescription: "before the last chunk",
            sends: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
            expected: .connectionLost(afterResponseBegan: true)),
        Disconnect(
            testDescription: "with a reset in a body that ends with its connection",
            sends: "HTTP/1.1 200 OK\r\n\r\nhel",
            resets: true, expected: .connectionLost(afterResponseBegan: true)),
    ]

    @Test("A disconnect is told with its stage, never taken for an end", arguments: disconnects)
    func disconnected(_ disconnect: Disconnect) async throws {
        let isRead = Flag()
        let server = try ScriptedServer { peer in
            guard let text = disconnect.sends else { return }
            try peer.head()
            try peer.send(text)
            if disconnect.resets {
                isRead.block()
                peer.reset()
            }
        }
        defer { server.stop() }
        try await onLoop {
            let error = await failure {
                let answer = try await HTTPClient().send(ClientRequest(.get, .local(server), "/"))
                for try await _ in answer.body { isRead.raise() }
            }
            #expect(isSame(error, disconnect.expected), "\(String(describing: error))")
        }
        #expect(server.connections == 1)
    }

    static let garbage = [
        "SSH-2.0-OpenSSH_9.2p1\r\n", "\u{15}\u{3}\u{1}\0\u{2}\u{2}(", "HTTP/1.1 200 OK\ncontent-length: 2\n\nok",
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok",
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\nok",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\n\r\n",
        String(repeating: "HTTP/1.1 103 Early Hints\r\n\r\n", count: 17) + Self.ok,
    ]

    @Test("Garbage is refused at once, though the peer keeps the connection", arguments: garbage)
    func malformed(_ bytes: String) async throws {
        let server = try ScriptedServer { peer in
            try peer.head()
            try peer.send(bytes)
            peer.waitForEnd()
        }
        defer { server.stop() }
        try await onLoop {
            let error = await failure {
                let answer = try await HTTPClient().send(ClientRequest(.get, .local(server), "/"))
                _ = try await answer.body.collect(upTo: 100)
            }
            guard case .malformedResponse = error else {
                return #expect(Bool(false), "\(String(describing: error))")
            }
        }
    }

    @Test("Nobody listening is told as no connection")
    func refusedConnection() async throws {
        let server = try ScriptedServer { _ in }
        server.stop()
        try await onLoop {
            let error = await failure { _ = try await HTTPClient().send(ClientRequest(.get, .local(server), "/")) }
            guard case .couldNotConnect(let reason) = error else { return #expect(Bool(false)) }
            #expect(reason.contains("refused"))
        }
    }

    struct Silence: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let sends: String
        let stage: ClientError.Stage
        let timeouts: ClientTimeouts
    }

    static let silences = [
        Silence(
            testDescription: "before the head", sends: "", stage: .firstByte,
            timeouts: ClientTimeouts(firstByte: .milliseconds(40))),
        Silence(
            testDescription: "in the head", sends: "HTTP/1.1 200", stage: .body,
            timeouts: ClientTimeouts(betweenBytes: .milliseconds(40))),
        Silence(
            testDescription: "in the body", sends: "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhel", stage: .body,
            timeouts: ClientTimeouts(betweenBytes: .milliseconds(40))),
        Silence(
            testDescription: "altogether, before the head", sends: "", stage: .total,
            timeouts: ClientTimeouts(total: .milliseconds(500))),
        Silence(
            testDescription: "altogether, in the body", sends: "HTTP/1.1 200 OK\r\n\r\nhel", stage: .total,
            timeouts: ClientTimeouts(total: .milliseconds(500))),
    ]

    @Test("A peer that falls silent is given up after the stage's time", arguments: silences)
    func silent(_ silence: Silence) async throws {
        let hasEnded = Flag()
        let server = try ScriptedServer { peer in
            try peer.head()
            try peer.send(silence.sends)
            peer.waitForEnd()
            hasEnded.raise()
        }
        defer { server.stop() }
        try await onLoop {
            let error = await failure {
                let client = HTTPClient(timeouts: silence.timeouts)
                let answer = try await client.send(ClientRequest(.get, .local(server), "/"))
                for try await _ in answer.body {}
            }
            #expect(isSame(error, .timedOut(silence.stage)), "\(String(describing: error))")
        }
        #expect(await eventually { hasEnded.isRaised })
    }

    @Test(
        "Cancelling closes the connection at once", arguments: ["", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhel"])
    func cancelled(_ sends: String) async throws {
        let hasStarted = Flag()
        let hasEnded = Flag()
        let server = try ScriptedServer { peer in
            try peer.head()
            try peer.send(sends)
            if sends.isEmpty { hasStarted.raise() }
            peer.waitForEnd()
            hasEnded.raise()
        }
        defer { server.stop() }
        let task = Task {
            try await onLoop {
                await failure {
                    let answer = try await HTTPClient().send(ClientRequest(.get, .local(server), "/"))
                    for try await _ in answer.body { hasStarted.raise() }
                }
            }
        }
        #expect(await eventually { hasStarted.isRaised })
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
        try await onLoop {
            let client = HTTPClient()
            let status = try await client.send(ClientRequest(.get, .local(server), "/")).status
            #expect(status == .ok)
            #expect(client.connectionCount(to: .local(server)).open == 0)
        }
        #expect(await eventually { hasEnded.isRaised })
    }
}

import Loop
import TestKit
import Testing

@testable import HTTP

/// Slow, broken and hostile peers.
struct OutgoingFailureTests {
    struct Silence: Sendable, CustomTestStringConvertible {
        let stage: ClientError.Stage
        var scheme = "http"
        var readsHead = true
        var sends = ""
        var body = ClientBody.empty
        let timeouts: ClientTimeouts
        var testDescription: String { "\(stage) \(sends.debugDescription)" }
    }

    private static let head = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n"
    private static let silences = [
        // The connection stands, the handshake does not go on.
        Silence(
            stage: .connecting, scheme: "https", readsHead: false, timeouts: ClientTimeouts(connect: .milliseconds(300))
        ),
        Silence(stage: .firstByte, timeouts: ClientTimeouts(firstByte: .milliseconds(300))),
        Silence(
            stage: .firstByte, sends: "HTTP/1.1 103 Early Hints\r\n\r\n",
            timeouts: ClientTimeouts(firstByte: .milliseconds(300))),
        Silence(
            stage: .firstByte, body: .text("small"),
            timeouts: ClientTimeouts(firstByte: .milliseconds(300), betweenBytes: .seconds(20))),
        Silence(
            stage: .sending, body: .bytes([UInt8](repeating: 1, count: 32 << 20)),
            timeouts: ClientTimeouts(betweenBytes: .milliseconds(300))),
        Silence(
            stage: .sending, body: .stream(Blocks(block: [UInt8](repeating: 1, count: 1 << 20), count: 32)),
            timeouts: ClientTimeouts(betweenBytes: .milliseconds(300))),
        Silence(
            stage: .body, sends: "HTTP/1.1 200 OK\r\ncontent-le",
            timeouts: ClientTimeouts(betweenBytes: .milliseconds(300))),
        Silence(stage: .body, sends: head, timeouts: ClientTimeouts(betweenBytes: .milliseconds(300))),
        Silence(stage: .body, sends: head + "hel", timeouts: ClientTimeouts(betweenBytes: .milliseconds(300))),
        Silence(stage: .total, timeouts: ClientTimeouts(total: .milliseconds(300))),
        Silence(stage: .total, sends: head + "hel", timeouts: ClientTimeouts(total: .milliseconds(300))),
        Silence(
            stage: .total, scheme: "https", readsHead: false, timeouts: ClientTimeouts(total: .milliseconds(300))),
    ]

    @Test("A peer that falls silent is given up after the stage's time", arguments: silences)
    func silent(_ silence: Silence) async throws {
        let mayEnd = Flag()
        let hasEnded = Flag()
        let server = try ScriptedServer { peer in
            defer { hasEnded.raise() }
            if silence.readsHead { try peer.head() }
            try peer.send(silence.sends)
            mayEnd.block()
            peer.waitForEnd()
        }
        defer { server.stop() }
        var request = OutgoingRequest(
            silence.body.isEmpty ? .get : .post, "\(silence.scheme)://127.0.0.1:\(server.port)/", body: silence.body)
        request.timeouts = silence.timeouts
        let (error, took) = try await onLoop { [request] in
            let start = Deadline.now
            let error = await fetchFailure(request)
            return (error, Deadline.now.duration(since: start))
        }
        #expect(isSame(error, .timedOut(silence.stage)), "\(String(describing: error))")
        #expect(took >= .milliseconds(250) && took < .seconds(25), "\(took)")
        mayEnd.raise()
        // On a busy machine the time may be up before there is a connection.
        #expect(await eventually { hasEnded.isRaised || server.connections == 0 })
    }

    @Test("Bytes that trickle are waited for between them, but not beyond the total")
    func trickle() async throws {
        let server = try ScriptedServer { peer in
            try peer.head()
            try peer.send("HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
            for _ in 0..<1000 {
                try peer.send("x")
                usleepMilliseconds(20)
            }
        }
        defer { server.stop() }
        var request = OutgoingRequest(.get, server.url())
        request.timeouts = ClientTimeouts(betweenBytes: .milliseconds(400), total: .milliseconds(1200))
        let start = Deadline.now
        let error = await fetchFailure(request)
        #expect(isSame(error, .timedOut(.total)), "\(String(describing: error))")
        #expect(Deadline.now.duration(since: start) >= .milliseconds(1100))
    }

    @Test("A request waits for its turn as long as it may, and in a queue of a limited length")
    func waiting() async throws {
        let mayAnswer = Flag()
        let server = try ScriptedServer { peer in
            try peer.head()
            mayAnswer.block()
            try peer.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        }
        defer { server.stop() }
        var settings = OutgoingSettings.loopback()
        settings.limits.connections = 1
        settings.limits.waiting = 2
        let (client, url) = (OutgoingClient(settings: settings), server.url())
        try await onLoop {
            func send(waiting: Duration) async -> ClientError? {
                await failure {
                    var request = OutgoingRequest(.get, url)
                    request.timeouts = ClientTimeouts(waiting: waiting)
                    _ = try await client.send(request).body.collect(upTo: 2)
                }
            }
            async let first = send(waiting: .seconds(10))
            #expect(await eventually { server.connections == 1 })
            async let second = send(waiting: .seconds(20))
            async let third = send(waiting: .seconds(2))
            try await EventLoop.current?.sleep(for: .milliseconds(20))
            let fourth = await send(waiting: .seconds(10))
            #expect(isSame(fourth, .poolExhausted))
            #expect(isSame(await third, .timedOut(.waiting)))
            mayAnswer.raise()
            let errors = await [first, second]
            #expect(errors.allSatisfy { $0 == nil }, "\(errors)")
        }
    }

    struct Breakage: Sendable, CustomTestStringConvertible {
        let sends: String
        let error: ClientError
        var testDescription: String { sends.debugDescription }
    }

    private static let breakages = [
        Breakage(sends: "", error: .connectionLost(afterResponseBegan: false)),
        Breakage(sends: "HTTP/1.1 200 OK\r\ncontent-le", error: .connectionLost(afterResponseBegan: false)),
        Breakage(sends: head, error: .connectionLost(afterResponseBegan: true)),
        Breakage(sends: head + "hell", error: .connectionLost(afterResponseBegan: true)),
        Breakage(
            sends: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel",
            error: .connectionLost(afterResponseBegan: true)),
        Breakage(
            sends: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
            error: .connectionLost(afterResponseBegan: true)),
    ]

    @Test("A disconnect is never taken for the end of the answer", arguments: breakages, [true, false])
    func disconnect(_ breakage: Breakage, resets: Bool) async throws {
        let server = try ScriptedServer { peer in
            try peer.head()
            try peer.send(breakage.sends)
            // A reset overtakes what was sent, so only an end tells how far it came.
            if resets { peer.reset() }
        }
        defer { server.stop() }
        let error = await fetchFailure(OutgoingRequest(.post, server.url()))
        guard case .connectionLost(let hasBegun) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        if !resets { #expect(isSame(breakage.error, .connectionLost(afterResponseBegan: hasBegun))) }
    }

    @Test("What came before a disconnect can be read")
    func partialBody() async throws {
        let server = try ScriptedServer { peer in
            try peer.head()
            try peer.send(Self.head + "hel")
        }
        defer { server.stop() }
        let url = server.url()
        try await onLoop {
            let answer = try await OutgoingClient(settings: .loopback()).send(OutgoingRequest(.get, url))
            var bytes: [UInt8] = []
            let error = await failure { for try await block in answer.body { bytes += block } }
            #expect(bytes == Array("hel".utf8))
            #expect(isSame(error, .connectionLost(afterResponseBegan: true)), "\(String(describing: error))")
        }
    }

    @Test(
        "What is not an answer in HTTP/1 is refused",
        arguments: [
            "hello, who is there\r\n\r\n", "HTTP/1.1 xyz OK\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
            "HTTP/1.1 200 OK\r\na: b\r\n folded\r\n\r\n", "HTTP/1.1 200 OK\r\na b: c\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\nhello",
        ])
    func malformed(sends: String) async throws {
        let server = try ScriptedServer { peer in
            try peer.head()
            try peer.send(sends)
            peer.waitForEnd()
        }
        defer { server.stop() }
        let error = await fetchFailure(OutgoingRequest(.get, server.url()))
        guard case .malformedResponse = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("Nobody listens: there is no connection")
    func nobody() async throws {
        let port = UInt16(try FreePort.find())
        let error = await fetchFailure(OutgoingRequest(.get, "http://127.0.0.1:\(port)/"))
        guard case .couldNotConnect = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("A name that does not exist is told as such")
    func unknownName() async {
        let error = await fetchFailure(OutgoingRequest(.get, "http://nowhere.invalid/"))
        #expect(isSame(error, .couldNotResolve(host: "nowhere.invalid")), "\(String(describing: error))")
    }
}

import Loop
import TestKit
import Testing

@testable import HTTP

extension HTTPClientTests {
    @Test("A pooled connection that its peer closed is not used again")
    func closedWhileIdle() async throws {
        let mayClose = Flag()
        let server = try ScriptedServer(
            { peer in
                try peer.head()
                try peer.send(Self.ok)
                mayClose.block()
            }, Self.always(Self.ok))
        defer { server.stop() }
        try await onLoop {
            let client = HTTPClient()
            _ = try await client.send(ClientRequest(.post, .local(server), "/"))
            #expect(client.connectionCount(to: .local(server)).idle == 1)
            mayClose.raise()
            #expect(await eventually { client.connectionCount(to: .local(server)).open == 0 })
            _ = try await client.send(ClientRequest(.post, .local(server), "/"))
        }
        #expect(server.connections == 2)
    }

    /// Answers one request, reads another, and ends without a word.
    static let answersOnce: ScriptedServer.Script = { peer in
        try peer.head()
        try peer.send(ok)
        try peer.head()
    }

    @Test("A request on a stale connection is repeated once when that is safe")
    func staleConnection() async throws {
        let server = try ScriptedServer(Self.answersOnce, Self.always(Self.ok))
        defer { server.stop() }
        try await onLoop {
            let client = HTTPClient()
            for _ in 0..<2 {
                let answer = try await client.send(ClientRequest(.put, .local(server), "/", body: .text("x")))
                #expect(try await answer.body.collect(upTo: 2) == Array("ok".utf8))
            }
            #expect(client.connectionCount(to: .local(server)).open == 1)
        }
        #expect(server.connections == 2)
    }

    @Test("A request that may have had its effect is not repeated, unless its caller says so", arguments: [nil, true])
    func noUnsafeRepetition(isRepeatable: Bool?) async throws {
        let server = try ScriptedServer(Self.answersOnce, Self.always(Self.ok))
        defer { server.stop() }
        try await onLoop {
            let client = HTTPClient()
            _ = try await client.send(ClientRequest(.get, .local(server), "/"))
            var request = ClientRequest(.post, .local(server), "/")
            request.isRepeatable = isRepeatable
            let error = await failure { [request] in _ = try await client.send(request) }
            if isRepeatable == nil {
                #expect(isSame(error, .connectionLost(afterResponseBegan: false)))
            } else {
                #expect(error == nil)
            }
        }
        #expect(server.connections == (isRepeatable == nil ? 1 : 2))
    }

    @Test("The repetition is not repeated")
    func repeatedOnce() async throws {
        let server = try ScriptedServer(Self.answersOnce, { peer in try peer.head() })
        defer { server.stop() }
        try await onLoop {
            let client = HTTPClient()
            _ = try await client.send(ClientRequest(.get, .local(server), "/"))
            let error = await failure { _ = try await client.send(ClientRequest(.get, .local(server), "/")) }
            #expect(isSame(error, .connectionLost(afterResponseBegan: false)))
            #expect(client.connectionCount(to: .local(server)).open == 0)
        }
        #expect(server.connections == 2)
    }

    @Test("A connection with bytes that nobody asked for is not used again")
    func twoAnswers() async throws {
        let server = try ScriptedServer(
            { peer in
                try peer.head()
                try peer.send(Self.ok + Self.ok)
                peer.waitForEnd()
            }, Self.always(Self.ok))
        defer { server.stop() }
        try await onLoop {
            let client = HTTPClient()
            for _ in 0..<2 { _ = try await client.send(ClientRequest(.get, .local(server), "/")) }
        }
        #expect(server.connections == 2)
    }

    @Test("An idle connection is closed after its time")
    func idleTime() async throws {
        let hasEnded = Flag()
        let server = try ScriptedServer { peer in
            try peer.head()
            try peer.send(Self.ok)
            peer.waitForEnd()
            hasEnded.raise()
        }
        defer { server.stop() }
        try await onLoop {
            var limits = ClientLimits()
            limits.idleTime = .milliseconds(30)
            let client = HTTPClient(limits: limits)
            _ = try await client.send(ClientRequest(.get, .local(server), "/"))
            #expect(client.connectionCount(to: .local(server)).idle == 1)
            #expect(await eventually { client.connectionCount(to: .local(server)).open == 0 })
        }
        #expect(await eventually { hasEnded.isRaised })
    }

    @Test("Requests beyond the pool's size wait for a connection, and none is lost")
    func bounded() async throws {
        let server = try ScriptedServer(Self.always(Self.ok))
        defer { server.stop() }
        try await onLoop {
            var limits = ClientLimits()
            limits.connectionsPerOrigin = 3
            let client = HTTPClient(limits: limits, timeouts: ClientTimeouts(waiting: .seconds(60)))
            let count = try await withThrowingTaskGroup(of: Int.self) { tasks in
                for _ in 0..<200 {
                    tasks.addTask {
                        let answer = try await client.send(ClientRequest(.get, .local(server), "/"))
                        return try await answer.body.collect(upTo: 2).count
                    }
                }
                return try await tasks.reduce(0, +)
            }
            #expect(count == 400)
            #expect(client.connectionCount(to: .local(server)).open == 3)
        }
        #expect(server.connections == 3)
    }

    @Test("A request that waits for a connection gives up in time, and so does one that is cancelled")
    func waitingEnds() async throws {
        let isTaken = Flag()
        let mayAnswer = Flag()
        let server = try ScriptedServer { peer in
            try peer.head()
            isTaken.raise()
            mayAnswer.block()
            try peer.send(Self.ok)
            try peer.head()
            try peer.send(Self.ok)
            peer.waitForEnd()
        }
        defer { server.stop() }
        try await onLoop {
            var limits = ClientLimits()
            limits.connectionsPerOrigin = 1
            limits.waitingPerOrigin = 1
            let client = HTTPClient(limits: limits, timeouts: ClientTimeouts(waiting: .milliseconds(30)))
            let origin = Origin.local(server)
            async let first = client.send(ClientRequest(.get, origin, "/"))
            let hasBegun = await eventually { isTaken.isRaised }
            #expect(hasBegun)
            let late = await failure { _ = try await client.send(ClientRequest(.get, origin, "/")) }
            #expect(isSame(late, .timedOut(.waiting)))

            var patient = ClientRequest(.get, origin, "/")
            patient.timeouts = ClientTimeouts()
            let request = patient
            async let waiting = failure { _ = try await client.send(request) }
            #expect(await eventually { client.connectionCount(to: origin).waiting == 1 })
            let refused = await failure { _ = try await client.send(ClientRequest(.get, origin, "/")) }
            #expect(isSame(refused, .poolExhausted))
            mayAnswer.raise()
            let answer = try await first
            #expect(answer.status == .ok)
            let outcome = await waiting
            #expect(outcome == nil)
        }
    }

    @Test("A cancelled request leaves the queue")
    func cancelledWhileWaiting() async throws {
        let isTaken = Flag()
        let server = try ScriptedServer { peer in
            try peer.head()
            isTaken.raise()
            peer.waitForEnd()
        }
        defer { server.stop() }
        try await onLoop {
            var limits = ClientLimits()
            limits.connectionsPerOrigin = 1
            let client = HTTPClient(limits: limits)
            let origin = Origin.local(server)
            await withTaskGroup(of: ClientError?.self) { tasks in
                for _ in 0..<2 {
                    tasks.addTask { await failure { _ = try await client.send(ClientRequest(.get, origin, "/")) } }
                }
                _ = await eventually { isTaken.isRaised && client.connectionCount(to: origin).waiting == 1 }
                tasks.cancelAll()
                for await error in tasks { #expect(isSame(error, .cancelled)) }
            }
            let count = client.connectionCount(to: origin)
            #expect(count.open == 0 && count.waiting == 0)
        }
    }

    @Test("A client that ends closes its idle connections")
    func clientEnds() async throws {
        let hasEnded = Flag()
        let server = try ScriptedServer { peer in
            try peer.head()
            try peer.send(Self.ok)
            peer.waitForEnd()
            hasEnded.raise()
        }
        defer { server.stop() }
        try await onLoop { _ = try await HTTPClient().send(ClientRequest(.get, .local(server), "/")) }
        #expect(await eventually { hasEnded.isRaised })
    }
}

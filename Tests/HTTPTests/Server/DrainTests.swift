import Glibc
import HTTP
import Loop
import TestKit
import Testing

@Suite("A draining server")
struct DrainTests {
    /// Requests over kept-alive connections until the server is gone; a failure is any request that was sent and did
    /// not get its whole answer.
    private func load(_ port: UInt16, _ stop: Shared<Bool>, _ answered: Shared<Int>, _ failures: Shared<[String]>) {
        while !stop.value {
            // Refused: the server is gone, and nothing was asked of it.
            guard let client = try? RawConnection(port: port) else { return }
            var isKept = true
            while isKept {
                do {
                    try client.send("GET /work HTTP/1.1\r\nHost: a\r\n\r\n")
                    let answer = try client.receive(until: "\r\n\r\ndone")
                    guard answer.hasSuffix("done") else {
                        failures.update { $0.append("got '\(answer)'") }
                        return
                    }
                    answered.update { $0 += 1 }
                    isKept = !answer.contains("connection: close")
                } catch {
                    failures.update { $0.append("\(error)") }
                    return
                }
            }
        }
    }

    @Test("finishes everything under load without a failed request")
    func underLoad() async throws {
        for _ in 0..<5 {
            let stop = Shared(false)
            let answered = Shared(0)
            let failures = Shared<[String]>([])
            try await withServer({ routes in
                routes.on(.get, "/work") { _ in
                    try await EventLoop.current?.sleep(for: .milliseconds(1))
                    return .text("done")
                }
            }) { server, port in
                let clients = (0..<16).map { _ in
                    Task { try await blocking { load(port, stop, answered, failures) } }
                }
                #expect(await eventually { answered.value > 300 })
                let isFinished = await server.drain(grace: .milliseconds(500), timeout: .seconds(10))
                #expect(isFinished)
                stop.set(true)
                for client in clients { try await client.value }
                #expect(failures.value.isEmpty, "\(failures.value.prefix(3))")
                #expect(server.openConnections == 0)
            }
        }
    }

    @Test("waits for a long request and refuses new connections")
    func longRequest() async throws {
        let release = Shared(false)
        let hasBegun = Shared(false)
        try await withServer({ routes in
            routes.on(.get, "/long") { _ in
                hasBegun.set(true)
                while !release.value { try await EventLoop.current?.sleep(for: .milliseconds(5)) }
                return .text("finished")
            }
        }) { server, port in
            let request = Task {
                try await blocking {
                    let client = try RawConnection(port: port)
                    try client.send("GET /long HTTP/1.1\r\nHost: a\r\n\r\n")
                    return try client.receiveAll()
                }
            }
            #expect(await eventually { hasBegun.value })
            let drain = Task { await server.drain(grace: .zero, timeout: .seconds(20)) }
            let isRefused = await eventually {
                await (try? blocking { try RawConnection(port: port) }) == nil
            }
            #expect(isRefused)
            release.set(true)
            #expect(await drain.value)
            let answer = try await request.value
            #expect(answer.hasSuffix("finished"))
            #expect(answer.contains("connection: close"))
        }
    }

    @Test("does not wait longer than it was told")
    func boundedWait() async throws {
        let hasBegun = Shared(false)
        try await withServer({ routes in
            routes.on(.get, "/stuck") { _ in
                hasBegun.set(true)
                try await EventLoop.current?.sleep(for: .seconds(600))
                return .text("never")
            }
        }) { server, port in
            let request = Task {
                try await blocking {
                    let client = try RawConnection(port: port)
                    try client.send("GET /stuck HTTP/1.1\r\nHost: a\r\n\r\n")
                    return try client.receiveAll()
                }
            }
            #expect(await eventually { hasBegun.value })
            #expect(await server.drain(grace: .zero, timeout: .milliseconds(100)) == false)
            _ = try? await request.value
        }
    }

    @Test("closes idle connections")
    func idle() async throws {
        try await withServer({ $0.on(.get, "/hello") { _ in .text("hello") } }) { server, port in
            let idle = try await blocking {
                let client = try RawConnection(port: port)
                try client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = try client.receive(until: "hello")
                return client
            }
            #expect(await server.drain(grace: .zero, timeout: .seconds(5)))
            let rest = try await blocking { try idle.receiveAll() }
            #expect(rest.isEmpty)
        }
    }
}

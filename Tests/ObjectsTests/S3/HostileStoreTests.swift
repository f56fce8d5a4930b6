import Crypto
import HTTP
import Loop
import Objects
import TestKit
import Testing

@Suite("Stores that misbehave")
struct HostileStoreTests {
    private static let location = ObjectLocation("s3://bucket/key")!
    private static let stored = "HTTP/1.1 200 OK\r\netag: \"t\"\r\ncontent-length: 0\r\n\r\n"

    private static func answer(_ body: String, _ head: String = "") -> String {
        "HTTP/1.1 200 OK\r\netag: \"t\"\r\n\(head)content-length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    private static func refusal(_ status: String, _ code: String, _ head: String = "") -> String {
        let body = "<Error><Code>\(code)</Code></Error>"
        return "HTTP/1.1 \(status)\r\n\(head)content-length: \(body.utf8.count)\r\nconnection: close\r\n\r\n\(body)"
    }

    /// A store that talks to a script, impatient enough for a test.
    private static func with(
        _ scripts: [ScriptedServer.Script], _ change: (inout S3Settings) -> Void = { _ in },
        _ body: @escaping @Sendable (S3Store, ScriptedServer) async throws -> Void
    ) async throws {
        let server = try ScriptedServer(scripts)
        defer { server.stop() }
        var settings = S3Settings(
            endpoint: ObjectEndpoint("http://127.0.0.1:\(server.port)")!,
            credentials: ObjectCredentials(accessKey: "a", secretKey: "s"))
        settings.retries.firstWait = .milliseconds(1)
        change(&settings)
        let store = S3Store(settings)
        try await onLoop { try await body(store, server) }
    }

    /// Reads a put's whole request.
    private static func take(_ peer: Peer) throws {
        let head = try peer.head().lowercased()
        let length = head.split(separator: "content-length: ").last?.prefix { $0.isNumber }
        if head.contains("content-length: "), let count = length.flatMap({ Int($0) }) { try peer.read(count) }
    }

    @Test("503, a reset and silence are outlasted by what can be sent again")
    func outlasts() async throws {
        let path = try ThrowAwayDirectory()
        defer { path.remove() }
        try await Self.with([
            { peer in
                try Self.take(peer)
                try peer.send(Self.refusal("503 Slow Down", "SlowDown"))
            },
            { peer in
                try peer.head()
                peer.reset()
            },
            { peer in
                try Self.take(peer)
                try peer.send(Self.stored)
            },
        ]) { store, server in
            try await store.put(Self.location, .bytes(Payload.bytes(300_000)))
            #expect(server.connections == 3)
        }
    }

    @Test("A stream that began is not sent again")
    func streamsOnce() async throws {
        try await Self.with([
            { peer in
                try Self.take(peer)
                try peer.send(Self.refusal("503 Slow Down", "SlowDown", "retry-after: 3\r\n"))
            }
        ]) { store, server in
            let stream = ObjectContent.stream(Payload.Blocks(block: Payload.bytes(1000), count: 10), length: 10_000)
            guard case .unavailable(let wait) = await failure({ try await store.put(Self.location, stream) }) else {
                Issue.record("not unavailable")
                return
            }
            #expect(wait == .seconds(3) && server.connections == 1)
        }
    }

    @Test("A store that is always busy is given up")
    func givesUp() async throws {
        try await Self.with([
            { peer in
                try peer.head()
                try peer.send(Self.refusal("500 Oops", "InternalError"))
            }
        ]) { store, server in
            #expect(isSame(await failure { _ = try await store.get(Self.location) }, .unavailable(retryAfter: nil)))
            #expect(server.connections == store.settings.retries.attempts)
        }
    }

    @Test("A put that must not overwrite is not repeated when its answer was lost")
    func conditionalOnce() async throws {
        try await Self.with([
            { peer in
                try Self.take(peer)
                peer.reset()
            }
        ]) { store, server in
            let error = await failure { try await store.put(Self.location, .text("x"), PutOptions(ifNoneMatch: true)) }
            #expect(isSame(error, .connectionLost))
            #expect(server.connections == 1)
        }
    }

    @Test("A body that ends early is no object")
    func truncates() async throws {
        try await Self.with([
            { peer in
                try peer.head()
                try peer.send("HTTP/1.1 200 OK\r\netag: \"t\"\r\ncontent-length: 1000\r\n\r\nonly this")
            }
        ]) { store, _ in
            let error = await failure { _ = try await store.bytes(Self.location, upTo: 1 << 20) }
            #expect(isSame(error, .connectionLost))
        }
    }

    @Test("A body that is not what its checksum says is refused at its end")
    func lies() async throws {
        let digest = Base64.encode(SHA256.hash("something else"))
        try await Self.with([
            { peer in
                try peer.head()
                try peer.send(Self.answer("something", "x-amz-checksum-sha256: \(digest)\r\n"))
            }
        ]) { store, _ in
            let error = await failure { _ = try await store.bytes(Self.location, upTo: 1 << 20) }
            #expect(isSame(error, .checksumMismatch))
        }
    }

    @Test("A download goes on where its connection was lost")
    func resumes() async throws {
        let bytes = Payload.bytes(500_000)
        let digest = Base64.encode(SHA256.hash(bytes))
        let directory = try ThrowAwayDirectory()
        defer { directory.remove() }
        try await Self.with([
            { peer in
                try peer.head()
                let head = "x-amz-checksum-sha256: \(digest)\r\ncontent-length: \(bytes.count)\r\n\r\n"
                try peer.send("HTTP/1.1 200 OK\r\netag: \"t\"\r\n\(head)")
                try peer.send(Array(bytes[..<200_000]))
            },
            { peer in
                let head = try peer.head()
                let from = try #require(
                    head.split(separator: "bytes=").last.flatMap { Int($0.prefix { $0.isNumber }) })
                let rest = Array(bytes[from...])
                let fields = "content-range: bytes \(from)-\(bytes.count - 1)/\(bytes.count)\r\n"
                try peer.send("HTTP/1.1 206 Partial\r\netag: \"t\"\r\n\(fields)content-length: \(rest.count)\r\n\r\n")
                try peer.send(rest)
            },
        ]) { store, server in
            let path = directory.path + "/file"
            let info = try await store.download(Self.location, to: path)
            #expect(info.size == bytes.count && server.connections == 2)
            let kept = try await ThrowAwayBucket.withDisk { bucket in
                try await bucket.store.put(bucket.location("x"), .file(path))
                return try await bucket.store.bytes(bucket.location("x"), upTo: 1 << 20)
            }
            #expect(kept == bytes)
        }
    }

    @Test("A download does not join the halves of two versions, and leaves no file")
    func changed() async throws {
        let directory = try ThrowAwayDirectory()
        defer { directory.remove() }
        try await Self.with([
            { peer in
                try peer.head()
                try peer.send("HTTP/1.1 200 OK\r\netag: \"one\"\r\ncontent-length: 10\r\n\r\n01234")
            },
            { peer in
                try peer.head()
                let range = "content-range: bytes 5-9/10\r\n"
                try peer.send("HTTP/1.1 206 Partial\r\netag: \"two\"\r\n\(range)content-length: 5\r\n\r\n56789")
            },
        ]) { store, _ in
            let error = await failure { try await store.download(Self.location, to: directory.path + "/file") }
            #expect(isSame(error, .preconditionFailed))
            let (listing, _) = try await TestProcess.run("/bin/ls", ["-A", directory.path])
            #expect(listing.isEmpty)
        }
    }

    @Test("A store that says nothing is left in time")
    func silent() async throws {
        let done = Locked(false)
        try await Self.with(
            [
                { peer in
                    try peer.head()
                    peer.waitForEnd()
                }
            ],
            {
                $0.requestTime = .milliseconds(150)
                $0.retries.attempts = 2
            },
            { store, server in
                #expect(isSame(await failure { _ = try await store.head(Self.location) }, .timedOut))
                #expect(server.connections == 2)
                done.withLock { $0 = true }
            })
        #expect(done.withLock { $0 })
    }

    @Test("A store that stops in the middle of a body is left in time")
    func stalls() async throws {
        try await Self.with(
            [
                { peer in
                    try peer.head()
                    try peer.send("HTTP/1.1 200 OK\r\netag: \"t\"\r\ncontent-length: 100\r\n\r\nsome")
                    peer.waitForEnd()
                }
            ], { $0.silence = .milliseconds(150) },
            { store, _ in
                let error = await failure { _ = try await store.bytes(Self.location, upTo: 100) }
                #expect(isSame(error, .timedOut))
            })
    }

    @Test(
        "Answers that are not the protocol are said to be so",
        arguments: [
            "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n<html/>!!", "nonsense\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 22\r\n\r\n<!DOCTYPE x><ListBucket",
            "HTTP/1.1 301 Moved\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",
        ])
    func nonsense(_ answer: String) async throws {
        try await Self.with([
            { peer in
                try peer.head()
                try peer.send(answer)
            }
        ]) { store, _ in
            let request = ListRequest(ObjectFolder("s3://bucket")!)
            let error = await failure { _ = try await store.list(request) }
            switch error {
            case .malformedAnswer, .refused(301, _): break
            default: Issue.record("\(String(describing: error))")
            }
        }
    }

    @Test(
        "A range that was not asked for is not taken for the one that was",
        arguments: [
            "", "content-range: bytes 0-4/10\r\n", "content-range: bytes 5-8/10\r\n", "content-range: bytes 5-9/*\r\n",
        ])
    func wrongRange(_ field: String) async throws {
        try await Self.with([
            { peer in
                try peer.head()
                try peer.send(Self.answer("56789", field))
            }
        ]) { store, _ in
            let error = await failure { _ = try await store.get(Self.location, range: ObjectRange(offset: 5)) }
            guard case .malformedAnswer = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }

    @Test("An upload in parts that fails is aborted")
    func aborts() async throws {
        let aborted = Locked(false)
        let script: ScriptedServer.Script = { peer in
            while true {
                let head = try peer.head()
                if head.hasPrefix("POST"), head.contains("uploads=") {
                    let id = "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>"
                    try peer.send(Self.answer(id))
                } else if head.hasPrefix("DELETE") {
                    aborted.withLock { $0 = true }
                    try peer.send("HTTP/1.1 204 No Content\r\n\r\n")
                } else {
                    try peer.send(Self.refusal("403 Forbidden", "AccessDenied"))
                    return
                }
            }
        }
        try await Self.with(
            [script],
            {
                $0.limits.multipartFrom = 1000
                $0.limits.partBytes = 500
            },
            { store, _ in
                let error = await failure { try await store.put(Self.location, .bytes(Payload.bytes(2000))) }
                #expect(isSame(error, .accessDenied("AccessDenied")))
            })
        #expect(aborted.withLock { $0 })
    }

    @Test("Nobody listens: the store is not available")
    func absent() async throws {
        let server = try ScriptedServer([{ _ in }])
        let port = server.port
        server.stop()
        try await onLoop {
            var settings = S3Settings(
                endpoint: ObjectEndpoint("http://127.0.0.1:\(port)")!,
                credentials: ObjectCredentials(accessKey: "a", secretKey: "s"))
            settings.retries.attempts = 1
            let store = S3Store(settings)
            let error = await failure { _ = try await store.head(Self.location) }
            switch error {
            case .unavailable, .connectionLost: break
            default: Issue.record("\(String(describing: error))")
            }
        }
    }
}

import Glibc
import Loop
import TestKit
import Testing

@testable import HTTP

/// HTTPS against a server that we did not write.
@Suite(.enabled(if: TestAuthority.isUsable, "openssl or nginx is not installed"))
struct OutgoingTLSTests {
    @Test("A certificate for the name by a trusted authority is accepted", arguments: ["localhost", "127.0.0.1"])
    func trusted(host: String) async throws {
        let server = try await SecureNginx.start("location / { return 200 hello; }")
        defer { server.stop() }
        let answer = try await fetch(OutgoingRequest(.get, server.url(host: host)), server.settings)
        #expect(answer.body == Array("hello".utf8))
    }

    @Test(
        "Any other certificate is refused",
        arguments: [TestAuthority.Kind.wrongHost, .expired, .notYetValid, .selfSigned, .otherAuthority])
    func untrusted(kind: TestAuthority.Kind) async throws {
        let server = try await SecureNginx.start("location / { return 200 hello; }", certificate: kind)
        defer { server.stop() }
        let error = await fetchFailure(OutgoingRequest(.get, server.url()), server.settings)
        #expect(isUntrustedPeer(error), "\(String(describing: error))")
    }

    @Test("An authority that is not named is not trusted, nor is an unguarded client less careful")
    func unknownAuthority() async throws {
        let server = try await SecureNginx.start("location / { return 200 hello; }")
        defer { server.stop() }
        for rules in [OutgoingRules.loopback, .trusted] {
            let error = await fetchFailure(OutgoingRequest(.get, server.url()), OutgoingSettings(rules: rules))
            #expect(isUntrustedPeer(error), "\(String(describing: error))")
        }
    }

    @Test("A server that speaks old TLS only is refused")
    func oldProtocol() async throws {
        let server = try await SecureNginx.start("ssl_protocols TLSv1 TLSv1.1; ssl_ciphers ALL:@SECLEVEL=0;")
        defer { server.stop() }
        let error = await fetchFailure(OutgoingRequest(.get, server.url()), server.settings)
        guard case .couldNotConnect = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("Bodies of 50 MB go up and come down whole", .serialized, arguments: UploadKind.allCases)
    func largeBodies(kind: UploadKind) async throws {
        let server = try await SecureNginx.start("client_max_body_size 100m; location / { dav_methods PUT; }")
        defer { server.stop() }
        let whole = patternedBytes(50_000_000)
        let source = "\(server.folder)/source"
        try writeFile(source, whole)
        let (settings, url) = (server.settings, server.url("/stored"))
        try await onLoop {
            let client = OutgoingClient(settings: settings)
            let body = try await kind.body(whole, file: source)
            let stored = try await client.send(OutgoingRequest(.put, url, body: body))
            #expect(stored.status == .created)
            let answer = try await client.send(OutgoingRequest(.get, url))
            #expect(answer.body.declaredLength == whole.count)
            var offset = 0
            for try await block in answer.body {
                let isSame = isEqual(block, whole[offset..<min(offset + block.count, whole.count)])
                try #require(isSame)
                offset += block.count
            }
            #expect(offset == whole.count)
        }
    }

    enum UploadKind: CaseIterable, Sendable {
        case bytes, file, streamOfKnownLength, streamOfUnknownLength

        func body(_ whole: [UInt8], file: String) async throws -> ClientBody {
            switch self {
            case .bytes: .bytes(whole)
            case .file: try await .file(file, blocking: BlockingPool(maximumThreads: 1))
            case .streamOfKnownLength: .stream(Pieces(of: whole), length: whole.count)
            case .streamOfUnknownLength: .stream(Pieces(of: whole))
            }
        }
    }

    @Test("An answer in chunks comes whole, and the connection is used again")
    func chunks() async throws {
        let server = try await SecureNginx.start(
            "gzip on; gzip_types *; gzip_min_length 1; location /count { return 200 $connection_requests; }")
        defer { server.stop() }
        try writeFile("\(server.folder)/text", [UInt8](repeating: 0x61, count: 5_000_000))
        let (settings, text, count) = (server.settings, server.url("/text"), server.url("/count"))
        try await onLoop {
            let client = OutgoingClient(settings: settings)
            for _ in 0..<3 {
                let answer = try await client.send(OutgoingRequest(.get, text, headers: ["accept-encoding": "gzip"]))
                #expect(answer.headers["transfer-encoding"] == "chunked")
                let bytes = try await answer.body.collect(upTo: 100_000)
                #expect(bytes.starts(with: [0x1f, 0x8b]))
            }
            let answer = try await client.send(OutgoingRequest(.get, count))
            let requests = try await answer.body.collect(upTo: 10)
            #expect(requests == Array("4".utf8))
        }
    }

    @Test("Many transfers at a time share one loop, a few connections each in its turn")
    func parallel() async throws {
        let server = try await SecureNginx.start()
        defer { server.stop() }
        let whole = patternedBytes(300_000)
        try writeFile("\(server.folder)/file", whole)
        var settings = server.settings
        settings.limits.connections = 8
        settings.timeouts.waiting = Nanoseconds(.seconds(60))
        let (client, url) = (OutgoingClient(settings: settings), server.url("/file"))
        let count = try await onLoop {
            try await withThrowingTaskGroup(of: Bool.self) { tasks in
                for _ in 0..<200 {
                    tasks.addTask {
                        let answer = try await client.send(OutgoingRequest(.get, url))
                        return isEqual(try await answer.body.collect(upTo: whole.count), whole[...])
                    }
                }
                return try await tasks.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
        }
        #expect(count == 200)
    }
}

private func isUntrustedPeer(_ error: ClientError?) -> Bool {
    if case .untrustedPeer = error { true } else { false }
}

/// Bytes in blocks of an odd size.
private struct Pieces: AsyncSequence, Sendable {
    let whole: [UInt8]

    init(of whole: [UInt8]) {
        self.whole = whole
    }

    struct Iterator: AsyncIteratorProtocol {
        let whole: [UInt8]
        var offset = 0

        mutating func next() async throws -> [UInt8]? {
            guard offset < whole.count else { return nil }
            let end = Swift.min(offset + 123_457, whole.count)
            defer { offset = end }
            return Array(whole[offset..<end])
        }
    }

    func makeAsyncIterator() -> Iterator { Iterator(whole: whole) }
}

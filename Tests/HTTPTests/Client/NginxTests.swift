import Loop
import TestKit
import Testing

@testable import HTTP

/// The client against a server that we did not write.
@Suite(.enabled(if: Nginx.binary != nil, "nginx is not installed (PENTAD_TEST_NGINX names another place)"))
struct HTTPClientNginxTests {
    @Test("Files of every size arrive whole, and connections are kept")
    func files() async throws {
        let nginx = try Nginx("")
        defer { nginx.stop() }
        let sizes = [0, 1, 100, 65_535, 65_536, 1_000_003, 20 << 20]
        for size in sizes { try writeFile("\(nginx.directory.path)/\(size)", patternedBytes(size)) }
        let origin = Origin(host: "127.0.0.1", port: nginx.port)
        try await onLoop {
            let client = HTTPClient()
            for size in sizes {
                let answer = try await client.send(ClientRequest(.get, origin, "/\(size)"))
                let bytes = try await answer.body.collect(upTo: size)
                #expect(isEqual(bytes, patternedBytes(size)[...]))
                let head = try await client.send(ClientRequest(.head, origin, "/\(size)"))
                #expect(head.headers["content-length"] == "\(size)")
            }
            let missing = try await client.send(ClientRequest(.get, origin, "/missing"))
            #expect(missing.status == .notFound)
            _ = try await missing.body.collect(upTo: 10_000)
            #expect(client.connectionCount(to: origin).open == 1)
        }
    }

    @Test("A body of unknown length comes in chunks")
    func chunks() async throws {
        let nginx = try Nginx("gzip on; gzip_types *; gzip_min_length 1;")
        defer { nginx.stop() }
        try writeFile("\(nginx.directory.path)/text", [UInt8](repeating: 0x61, count: 5_000_000))
        let origin = Origin(host: "127.0.0.1", port: nginx.port)
        try await onLoop {
            let client = HTTPClient()
            for _ in 0..<5 {
                let answer = try await client.send(
                    ClientRequest(.get, origin, "/text", headers: ["accept-encoding": "gzip"]))
                #expect(answer.headers["transfer-encoding"] == "chunked")
                let bytes = try await answer.body.collect(upTo: 100_000)
                #expect(bytes.starts(with: [0x1f, 0x8b]))
            }
            #expect(client.connectionCount(to: origin).open == 1)
        }
    }

    @Test("A server that ends connections after a few requests loses none of many")
    func fewRequestsAConnection() async throws {
        let nginx = try Nginx("keepalive_requests 3; keepalive_timeout 1s; location / { return 200 ok; }")
        defer { nginx.stop() }
        let origin = Origin(host: "127.0.0.1", port: nginx.port)
        try await onLoop {
            let client = HTTPClient()
            let count = try await withThrowingTaskGroup(of: Int.self) { tasks in
                for _ in 0..<8 {
                    tasks.addTask {
                        var count = 0
                        for _ in 0..<50 {
                            let answer = try await client.send(ClientRequest(.post, origin, "/", body: .text("x")))
                            count += try await answer.body.collect(upTo: 2).count
                        }
                        return count
                    }
                }
                return try await tasks.reduce(0, +)
            }
            #expect(count == 800)
        }
    }

    @Test("A body that is too large for the server is answered early")
    func tooLargeUpload() async throws {
        let nginx = try Nginx("client_max_body_size 1k; location / { proxy_pass http://127.0.0.1:1; }")
        defer { nginx.stop() }
        let origin = Origin(host: "127.0.0.1", port: nginx.port)
        try await onLoop {
            let client = HTTPClient()
            let blocks = Blocks(block: [UInt8](repeating: 1, count: 100_000), count: 1000)
            for length in [nil, 100_000_000] {
                let body = ClientBody.stream(blocks, length: length)
                let answer = try await client.send(ClientRequest(.post, origin, "/", body: body))
                #expect(answer.status == .contentTooLarge)
            }
        }
    }
}

import Glibc
import HTTP
import Loop
import TestKit
import Testing

@Suite("A served file")
struct FileTests {
    private static let content = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }

    private func withFile(_ body: (UInt16) async throws -> Void) async throws {
        let folder = try ThrowAwayDirectory()
        defer { folder.remove() }
        let path = "\(folder.path)/file"
        let descriptor = open(path, O_WRONLY | O_CREAT, 0o600)
        _ = Self.content.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
        symlink(path, "\(folder.path)/link")
        let pool = BlockingPool(maximumThreads: 2)
        try await withServer({ routes in
            routes.on(.get, "/{name}") { request in
                try await .file("\(folder.path)/\(request.parameter("name") ?? "")", for: request, blocking: pool)
            }
        }) { _, port in try await body(port) }
    }

    @Test("comes whole, with length, tag and date")
    func whole() async throws {
        try await withFile { port in
            let answer = try await TestClient.request(port: port, "GET", "/file")
            #expect(answer.status == 200)
            #expect(answer.body == Self.content)
            #expect(answer.header("accept-ranges") == "bytes")
            #expect(answer.header("etag")?.hasPrefix("\"") == true)
            #expect(answer.header("last-modified")?.hasSuffix("GMT") == true)
            let head = try await TestClient.request(port: port, "HEAD", "/file")
            #expect(head.header("content-length") == "300000")
            #expect(head.body.isEmpty)
        }
    }

    @Test("comes in ranges", arguments: [
        ("bytes=0-9", 206, 0..<10), ("bytes=299990-", 206, 299_990..<300_000), ("bytes=-5", 206, 299_995..<300_000),
        ("bytes=299999-400000", 206, 299_999..<300_000), ("bytes=-400000", 206, 0..<300_000),
        ("bytes=300000-", 416, 0..<0), ("bytes=-0", 416, 0..<0), ("bytes=5-3", 200, 0..<300_000),
        ("bytes=0-1,3-4", 200, 0..<300_000), ("lines=0-1", 200, 0..<300_000), ("bytes=a-b", 200, 0..<300_000),
        ("bytes=99999999999999999999-", 416, 0..<0),
    ])
    func ranges(header: String, status: Int, range: Range<Int>) async throws {
        try await withFile { port in
            let answer = try await TestClient.request(port: port, "GET", "/file", headers: ["range": header])
            #expect(answer.status == status)
            #expect(answer.body == Array(Self.content[range]))
            if status == 206 {
                #expect(
                    answer.header("content-range") == "bytes \(range.lowerBound)-\(range.upperBound - 1)/300000")
            }
            if status == 416 { #expect(answer.header("content-range") == "bytes */300000") }
        }
    }

    @Test("honours conditions")
    func conditions() async throws {
        try await withFile { port in
            func expect(_ headers: Headers, _ status: Int) async throws {
                let answer = try await TestClient.request(port: port, "GET", "/file", headers: headers)
                #expect(answer.status == status, "\(headers)")
            }
            let first = try await TestClient.request(port: port, "GET", "/file")
            let tag = try #require(first.header("etag"))
            let date = try #require(first.header("last-modified"))
            try await expect(["if-none-match": tag], 304)
            try await expect(["if-none-match": "\"x\", W/\(tag)"], 304)
            try await expect(["if-none-match": "*"], 304)
            try await expect(["if-none-match": "\"x\""], 200)
            try await expect(["if-match": tag], 200)
            try await expect(["if-match": "\"x\""], 412)
            try await expect(["if-modified-since": date], 304)
            try await expect(["if-modified-since": "Thu, 01 Jan 1970 00:00:00 GMT"], 200)
            try await expect(["if-unmodified-since": "Thu, 01 Jan 1970 00:00:00 GMT"], 412)
            try await expect(["range": "bytes=0-1", "if-range": tag], 206)
            try await expect(["range": "bytes=0-1", "if-range": "\"x\""], 200)
            try await expect(["range": "bytes=0-1", "if-range": date], 206)
        }
    }

    @Test("that is not there, is a link or a folder is a 404", arguments: ["/nothing", "/link", "/.%20"])
    func missing(path: String) async throws {
        try await withFile { port in
            let answered13 = try await TestClient.request(port: port, "GET", path)
            #expect(answered13.status == 404)
        }
    }
}

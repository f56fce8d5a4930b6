import Crypto
import HTTP
import JSON
import Objects
import TestKit
import Testing

@Suite("The routes of the disk store")
struct ObjectRoutesTests {
    static let location = ObjectLocation("s3://masks/masks/group_10/slice 001.png")!

    /// A disk store behind a server.
    private static func with(
        settings change: @escaping @Sendable (inout DiskSettings) -> Void = { _ in },
        _ body: @escaping @Sendable (ServedStore) async throws -> Void
    ) async throws {
        let directory = try ThrowAwayDirectory()
        defer { directory.remove() }
        let path = directory.path
        try await onLoop { try await ServedStore.with(root: path, settings: change, body) }
    }

    @Test("A body is stored with its type and metadata, and its answer says the tag")
    func put() async throws {
        try await Self.with { served in
            var options = PresignOptions()
            options.contentType = "image/png"
            options.metadata = ["user_id": "1"]
            let url = try served.store.presign(.put, Self.location, options)
            let answer = try await url.send(to: served, body: Payload.bytes(600_000))
            #expect(answer.status == 200 && answer.body.isEmpty)
            let info = try await served.store.head(Self.location)
            #expect(answer.header("etag") == "\"\(info.entityTag)\"")
            #expect(info.contentType == "image/png" && info.metadata["user_id"] == "1" && info.size == 600_000)
        }
    }

    @Test("HEAD is permitted by its own signature alone, ranges and conditions are honoured")
    func get() async throws {
        try await Self.with { served in
            let bytes = Payload.bytes(1000)
            try await served.store.put(
                Self.location, .bytes(bytes), PutOptions(contentType: "text/x", metadata: ["k": "v"]))
            let url = try served.store.presign(.get, Self.location)
            let whole = try await url.send(to: served)
            #expect(whole.status == 200 && whole.body == bytes && whole.header("content-type") == "text/x")
            #expect(whole.header("x-amz-meta-k") == "v" && whole.header("x-content-type-options") == "nosniff")
            let tag = try #require(whole.header("etag"))
            let part = try await url.send(to: served, headers: ["range": "bytes=10-19"])
            #expect(part.status == 206 && part.body == Array(bytes[10..<20]))
            #expect(part.header("content-range") == "bytes 10-19/1000")
            let same = try await url.send(to: served, headers: ["if-none-match": tag])
            #expect(same.status == 304 && same.body.isEmpty)
            let other = try await url.send(to: served, headers: ["if-match": "\"other\""])
            #expect(other.status == 412)
            let beyond = try await url.send(to: served, headers: ["range": "bytes=1000-"])
            #expect(beyond.status == 416)
            let head = try await url.send(to: served, method: "HEAD")
            #expect(head.status == 403 && head.body.isEmpty)
        }
    }

    @Test("A URL that must not overwrite does not")
    func ifNoneMatch() async throws {
        try await Self.with { served in
            var options = PresignOptions()
            options.ifNoneMatch = true
            let url = try served.store.presign(.put, Self.location, options)
            let first = try await url.send(to: served, body: [1])
            let second = try await url.send(to: served, body: [2])
            #expect(first.status == 200 && second.status == 412)
            #expect(second.text.contains("<Code>PreconditionFailed</Code>"))
            let without = try await url.send(to: served, headers: ["if-none-match": nil], body: [3])
            #expect(without.status == 403)
        }
    }

    @Test("A body must match the checksum that was signed")
    func checksum() async throws {
        try await Self.with { served in
            var options = PresignOptions()
            options.checksum = SHA256.hash([1, 2, 3])
            let url = try served.store.presign(.put, Self.location, options)
            let wrong = try await url.send(to: served, body: [3, 2, 1])
            #expect(wrong.status == 400 && wrong.text.contains("<Code>BadDigest</Code>"))
            #expect(isSame(await failure { _ = try await served.store.head(Self.location) }, .notFound))
            let right = try await url.send(to: served, body: [1, 2, 3])
            #expect(
                right.status == 200 && right.header("x-amz-checksum-sha256") == Base64.encode(SHA256.hash([1, 2, 3])))
        }
    }

    @Test("A body longer than allowed is refused, declared or not")
    func tooLarge() async throws {
        try await Self.with(settings: { $0.limits.objectBytes = 1000 }) { served in
            let url = try served.store.presign(.put, Self.location)
            let declared = try await url.send(to: served, body: Payload.bytes(1001))
            #expect(declared.status == 413 && declared.text.contains("<Code>EntityTooLarge</Code>"))
            let chunk = "3e9\r\n" + String(repeating: "x", count: 1001) + "\r\n0\r\n\r\n"
            let head =
                "PUT \(url.target) HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n"
            let answer = try TestClient.parse(
                try await TestClient.exchange(port: served.port, Array((head + chunk).utf8)))
            #expect(answer.status == 413)
            #expect(isSame(await failure { _ = try await served.store.head(Self.location) }, .notFound))
        }
    }

    @Test("What is not there is said in XML")
    func missing() async throws {
        try await Self.with { served in
            let answer = try await served.store.presign(.get, Self.location).send(to: served)
            #expect(answer.status == 404 && answer.header("content-type") == "application/xml")
            #expect(answer.text.contains("<Error><Code>NoSuchKey</Code>"))
            let upload = ObjectUpload(location: Self.location, id: String(repeating: "0", count: 32))
            let part = try await served.store.presign(.part(upload, number: 1), Self.location).send(
                to: served, body: [1])
            #expect(part.status == 404 && part.text.contains("NoSuchUpload"))
        }
    }

    @Test("URLs for the internal endpoint are accepted too, those for a third are not")
    func endpoints() async throws {
        try await Self.with(settings: { $0.internalEndpoint = ObjectEndpoint("http://pacs-masks:8005") }) { served in
            try await served.store.put(Self.location, .text("x"))
            for (endpoint, status) in [("http://pacs-masks:8005", 200), ("http://elsewhere:8005", 403)] {
                let url = try served.store.presign(
                    .get, Self.location, PresignOptions(), for: #require(ObjectEndpoint(endpoint)))
                let answer = try await url.send(to: served)
                #expect(answer.status == status)
            }
        }
    }

    @Test("An upload that breaks off leaves nothing")
    func brokenOff() async throws {
        try await Self.with { served in
            let url = try served.store.presign(.put, Self.location)
            let head = "PUT \(url.target) HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\nconnection: close\r\n\r\nhalf"
            _ = try? await TestClient.exchange(port: served.port, Array(head.utf8), timeout: 1)
            let deadline = Timestamp.now + .seconds(10)
            var left = try DiskStoreTests.files(served.store.settings.root + "/temporary")
            while !left.isEmpty, Timestamp.now < deadline {
                await Task.yield()
                left = try DiskStoreTests.files(served.store.settings.root + "/temporary")
            }
            #expect(left.isEmpty)
            #expect(isSame(await failure { _ = try await served.store.head(Self.location) }, .notFound))
        }
    }

    @Test(
        "Other actions of S3 are not taken for putting or getting",
        arguments: [
            "tagging=", "acl=", "x-amz-meta-a=1", "uploads=", "versionId=1", "response-x=1", "partNumber=1",
        ])
    func otherActions(_ parameter: String) async throws {
        try await Self.with { served in
            let attack = Attack(served.store.settings) { $0.parameters.append(parameter) }
            for method in ["PUT", "GET"] {
                let answer = try await attack.send(method, to: served)
                #expect(answer.status == 501 || answer.status == 400, "\(method) \(answer.text)")
            }
        }
    }

    @Test(
        "Headers that ask for something else are refused even when they are signed",
        arguments: [
            "x-amz-copy-source", "x-amz-tagging", "x-amz-server-side-encryption",
        ])
    func otherHeaders(_ name: String) async throws {
        try await Self.with { served in
            let attack = Attack(served.store.settings) { $0.headers = [(name, "/masks/other")] }
            let answer = try await attack.send("PUT", to: served)
            #expect(answer.status == 501 && answer.text.contains("NotImplemented"))
        }
    }
}

extension PresignedRequest {
    /// Path and query.
    var target: String { "/" + url.split(separator: "/", maxSplits: 2)[2] }

    func send(
        to served: ServedStore, method: String? = nil, headers extra: [String: String?] = [:], body: [UInt8] = []
    ) async throws -> TestAnswer {
        var fields = Headers()
        for (name, value) in headers { fields[name] = value }
        for (name, value) in extra { fields[name] = value }
        return try await TestClient.request(
            port: served.port, method ?? self.method.rawValue, target,
            headers: fields, body: body)
    }
}

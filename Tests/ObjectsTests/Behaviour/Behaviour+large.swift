import Crypto
import Glibc
import Objects
import TestKit
import Testing

extension Behaviour {
    static let largeBytes = 64 << 20

    private static func digest(of body: ObjectBody) async throws -> [UInt8] {
        var hash = SHA256()
        for try await part in body { hash.update(part) }
        return hash.finish()
    }

    private static func digest(of block: [UInt8], times: Int) -> [UInt8] {
        var hash = SHA256()
        for _ in 0..<times { hash.update(block) }
        return hash.finish()
    }

    static let large = [
        Behaviour("A stream of known length goes up, and 64 MiB come back as a file") { bucket in
            let location = bucket.location("large/stream")
            let block = Payload.bytes(1 << 20)
            let content = ObjectContent.stream(Payload.Blocks(block: block, count: 64), length: largeBytes)
            let put = try await bucket.store.put(location, content)
            #expect(put.size == largeBytes)
            let directory = try ThrowAwayDirectory()
            defer { directory.remove() }
            let path = directory.path + "/file"
            let info = try await bucket.store.download(location, to: path)
            #expect(info.size == largeBytes)
            // And from a file again, in parts where the store is one of S3.
            let copy = bucket.location("large/file")
            try await bucket.store.put(copy, .file(path), PutOptions(contentType: "model/ply", metadata: ["a": "b"]))
            let object = try await bucket.store.get(copy)
            #expect(object.info.contentType == "model/ply" && object.info.metadata["a"] == "b")
            let received = try await digest(of: object.body)
            #expect(received == digest(of: block, times: 64))
        },
        Behaviour("A stream that is too short, too long or fails leaves nothing") { bucket in
            let block = Payload.bytes(1000)
            let contents = [
                ObjectContent.stream(Payload.Blocks(block: block, count: 9), length: 10_000),
                .stream(Payload.Blocks(block: block, count: 11), length: 10_000),
                .stream(Payload.Blocks(block: block, count: 10, failsAfter: 5), length: 10_000),
                .file("/etc/nothing there"), .file("/tmp"),
            ]
            for content in contents {
                let error = await failure { try await bucket.store.put(bucket.location("broken"), content) }
                #expect(error != nil)
            }
            #expect(isSame(await failure { _ = try await bucket.store.head(bucket.location("broken")) }, .notFound))
        },
        Behaviour("A whole object is only collected up to a limit") { bucket in
            let location = bucket.location("limited")
            try await bucket.store.put(location, .bytes(Payload.bytes(1001)))
            let error = await failure { _ = try await bucket.store.bytes(location, upTo: 1000) }
            #expect(isSame(error, .tooLarge(limit: 1000)))
        },
    ]
}

import Crypto
import Glibc
import JSON
import Objects
import TestKit
import Testing

extension Behaviour {
    static let oddKeys = [
        "plain", "with space", "a+b", "100%", "%2F", "한국어/파일 이름.png", "quote'\"<>&", "e\u{301}", "~tilde/-._",
        "deep/er/and/deeper/still", "(1)!*,;=:@$", "🩻",
    ]

    static let objects = [
        Behaviour("An object comes back with its bytes, its type and its metadata") { bucket in
            let location = bucket.location("a/b.png")
            let bytes = Payload.bytes(100_000)
            let metadata: ObjectMetadata = ["annotation_id": "121", "file_type": "mask"]
            let before = Timestamp.now - .seconds(3)
            let put = try await bucket.store.put(
                location, .bytes(bytes), PutOptions(contentType: "image/png", metadata: metadata))
            let info = try await bucket.store.head(location)
            #expect(info.size == bytes.count && info.contentType == "image/png")
            #expect(info.metadata["annotation_id"] == "121" && info.metadata["file-type"] == "mask")
            #expect(info.entityTag == put.entityTag && !info.entityTag.isEmpty)
            #expect(try #require(info.modified) > before)
            let object = try await bucket.store.get(location)
            #expect(object.info.size == bytes.count && object.info.contentType == "image/png")
            #expect(object.info.metadata["mask_x"] == nil && object.info.metadata["annotation-id"] == "121")
            let received = try await object.body.collect(upTo: 1 << 20)
            #expect(received == bytes)
        },
        Behaviour("An empty object is one") { bucket in
            let location = bucket.location("empty")
            try await bucket.store.put(location, .bytes([]))
            let info = try await bucket.store.head(location)
            let bytes = try await bucket.store.bytes(location, upTo: 0)
            #expect(info.size == 0 && bytes.isEmpty)
        },
        Behaviour("Keys with blanks, signs and other scripts are kept to the byte") { bucket in
            for key in oddKeys {
                try await bucket.store.put(bucket.location(key), .text(key))
            }
            for key in oddKeys {
                let bytes = try await bucket.store.bytes(bucket.location(key), upTo: 1000)
                #expect(bytes == Array(key.utf8), "\(key)")
            }
            let page = try await bucket.store.list(ListRequest(bucket.folder()))
            let expected = oddKeys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            #expect(page.objects.map { Array($0.key.description.utf8) } == expected.map { Array($0.utf8) })
            for key in oddKeys { try await bucket.store.delete(bucket.location(key)) }
            let after = try await bucket.store.list(ListRequest(bucket.folder()))
            #expect(after.objects.isEmpty)
        },
        Behaviour("A second put replaces the first, whole") { bucket in
            let location = bucket.location("twice")
            try await bucket.store.put(
                location, .bytes(Payload.bytes(5000)), PutOptions(contentType: "text/a", metadata: ["a": "1"]))
            try await bucket.store.put(
                location, .bytes(Payload.bytes(10, seed: 2)), PutOptions(contentType: "text/b", metadata: ["b": "2"]))
            let object = try await bucket.store.get(location)
            let bytes = try await object.body.collect(upTo: 1000)
            #expect(bytes == Payload.bytes(10, seed: 2))
            #expect(object.info.contentType == "text/b" && object.info.metadata.isSame(as: ["b": "2"]))
        },
        Behaviour("What is not there is not found, and deleting it is no error") { bucket in
            let location = bucket.location("nothing")
            #expect(isSame(await failure { _ = try await bucket.store.head(location) }, .notFound))
            #expect(isSame(await failure { _ = try await bucket.store.get(location) }, .notFound))
            #expect(
                isSame(await failure { try await bucket.store.copy(location, to: bucket.location("x")) }, .notFound))
            try await bucket.store.delete(location)
        },
        Behaviour("Ranges of an object are read, and none beyond it") { bucket in
            let location = bucket.location("ranges")
            let bytes = Payload.bytes(10_000)
            try await bucket.store.put(location, .bytes(bytes))
            for range in [
                ObjectRange(offset: 0, count: 1), ObjectRange(offset: 100, count: 900), ObjectRange(offset: 9_999),
                ObjectRange(offset: 9_000, count: 5_000), ObjectRange(offset: 0),
            ] {
                let object = try await bucket.store.get(location, range: range)
                let part = try await object.body.collect(upTo: 20_000)
                let end = min(range.offset + (range.count ?? 10_000), 10_000)
                #expect(part == Array(bytes[range.offset..<end]) && object.range == range.offset..<end)
                #expect(object.info.size == 10_000)
            }
            let beyond = await failure { _ = try await bucket.store.get(location, range: ObjectRange(offset: 10_000)) }
            #expect(isSame(beyond, .invalidRange))
            for wrong in [ObjectRange(offset: -1), ObjectRange(offset: 0, count: 0)] {
                let error = await failure { _ = try await bucket.store.get(location, range: wrong) }
                #expect(isSame(error, .invalidRange))
            }
        },
        Behaviour("A copy has the same bytes, type and metadata") { bucket in
            let (source, target) = (bucket.location("from/a b+c"), bucket.location("to/한"))
            try await bucket.store.put(
                source, .bytes(Payload.bytes(70_000)), PutOptions(contentType: "image/png", metadata: ["k": "v"]))
            let info = try await bucket.store.copy(source, to: target)
            let bytes = try await bucket.store.bytes(target, upTo: 1 << 20)
            #expect(bytes == Payload.bytes(70_000) && info.size == 70_000)
            #expect(info.contentType == "image/png" && info.metadata["k"] == "v")
        },
        Behaviour("Many are deleted at once") { bucket in
            let keys = ["x/1", "x/2", "x/a & b", "y/<3>"].map { ObjectKey($0)! }
            for key in keys { try await bucket.store.put(ObjectLocation(bucket.name, key), .text("x")) }
            let failures = try await bucket.store.delete(Array(keys[..<3]), in: bucket.name)
            #expect(failures.isEmpty)
            let page = try await bucket.store.list(ListRequest(bucket.folder()))
            #expect(page.objects.map(\.key) == [keys[3]])
            let count = try await bucket.store.deleteAll(in: bucket.folder("y/"))
            #expect(count == 1)
        },
        Behaviour("An object is not overwritten when that was forbidden", needs: .conditionalPut) { bucket in
            let location = bucket.location("once")
            try await bucket.store.put(location, .text("first"), PutOptions(ifNoneMatch: true))
            let error = await failure {
                try await bucket.store.put(location, .text("second"), PutOptions(ifNoneMatch: true))
            }
            #expect(isSame(error, .preconditionFailed))
            let bytes = try await bucket.store.bytes(location, upTo: 100)
            #expect(bytes == Array("first".utf8))
        },
        Behaviour("A right checksum is accepted") { bucket in
            let location = bucket.location("checked")
            let bytes = Payload.bytes(50_000)
            try await bucket.store.put(location, .bytes(bytes), PutOptions(checksum: .computed))
            let received = try await bucket.store.bytes(location, upTo: 1 << 20)
            #expect(received == bytes)
        },
        Behaviour("An object's checksum is known afterwards", needs: .checksumKept) { bucket in
            let location = bucket.location("checked")
            let bytes = Payload.bytes(50_000)
            try await bucket.store.put(location, .bytes(bytes), PutOptions(checksum: .computed))
            let info = try await bucket.store.head(location)
            #expect(info.checksum == SHA256.hash(bytes))
        },
        Behaviour("A wrong checksum is refused", needs: .checksums) { bucket in
            let bytes = Payload.bytes(50_000)
            let error = await failure {
                let wrong = PutOptions(checksum: .sha256(SHA256.hash("other")))
                try await bucket.store.put(bucket.location("wrong"), .bytes(bytes), wrong)
            }
            #expect(isSame(error, .checksumMismatch))
            #expect(isSame(await failure { _ = try await bucket.store.head(bucket.location("wrong")) }, .notFound))
        },
        Behaviour("A key may be another's folder", needs: .keyAndFolder) { bucket in
            for key in ["ab", "ab/x", "ab/x/y"] { try await bucket.store.put(bucket.location(key), .text(key)) }
            for key in ["ab", "ab/x", "ab/x/y"] {
                let bytes = try await bucket.store.bytes(bucket.location(key), upTo: 100)
                #expect(bytes == Array(key.utf8))
            }
            try await bucket.store.delete(bucket.location("ab/x"))
            let page = try await bucket.store.list(ListRequest(bucket.folder()))
            #expect(page.objects.map(\.key.description) == ["ab", "ab/x/y"])
        },
        Behaviour("A reader is not disturbed by a writer, and reads one version") { bucket in
            let location = bucket.location("busy")
            let versions = (0..<4).map { Payload.bytes(200_000, seed: UInt64($0)) }
            try await bucket.store.put(location, .bytes(versions[0]))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for version in versions {
                    group.addTask { try await bucket.store.put(location, .bytes(version)) }
                    group.addTask {
                        let bytes = try await bucket.store.bytes(location, upTo: 1 << 20)
                        #expect(versions.contains(bytes))
                    }
                }
                try await group.waitForAll()
            }
            let last = try await bucket.store.bytes(location, upTo: 1 << 20)
            #expect(versions.contains(last))
        },
    ]
}

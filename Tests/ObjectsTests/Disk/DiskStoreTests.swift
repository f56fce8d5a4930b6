import Foundation
import Glibc
import JSON
import Objects
import TestKit
import Testing

@Suite("The disk store")
struct DiskStoreTests {
    private static let location = ObjectLocation("s3://bucket/a/b")!

    private static func with(
        _ body: @escaping @Sendable (DiskStore, String) async throws -> Void
    ) async throws {
        let directory = try ThrowAwayDirectory()
        defer { directory.remove() }
        let store = try DiskStore(.test(directory.path))
        let path = directory.path
        try await onLoop { try await body(store, path) }
    }

    /// Every file below a folder.
    static func files(_ path: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: path).filter { name in
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: path + "/" + name, isDirectory: &isFolder)
                && !isFolder.boolValue
        }
    }

    @Test("Objects outlive the store that put them")
    func persists() async throws {
        try await Self.with { store, path in
            var options = PutOptions(contentType: "image/png", metadata: ["k": "v"])
            options.checksum = .computed
            let put = try await store.put(Self.location, .text("x"), options)
            let info = try await DiskStore(.test(path)).head(Self.location)
            #expect(info == put && info.checksum?.count == 32)
        }
    }

    @Test("A durable put is the same, and reaches the disk")
    func durable() async throws {
        let directory = try ThrowAwayDirectory()
        defer { directory.remove() }
        var settings = DiskSettings.test(directory.path)
        settings.isDurable = true
        let store = try DiskStore(settings)
        try await onLoop {
            try await store.put(Self.location, .text("x"))
            let bytes = try await store.bytes(Self.location, upTo: 10)
            #expect(bytes == [0x78])
        }
    }

    @Test("Replacing and deleting leave nothing behind")
    func tidy() async throws {
        try await Self.with { store, path in
            for _ in 0..<3 { try await store.put(Self.location, .text("x")) }
            #expect(try Self.files(path + "/bytes").count == 1 && Self.files(path + "/records").count == 1)
            try await store.copy(Self.location, to: ObjectLocation("s3://bucket/a/c")!)
            let upload = try await store.beginUpload(Self.location, PutOptions())
            let part = try await store.uploadPart(upload, number: 1, .text("p"))
            try await store.completeUpload(upload, [part])
            try await store.deleteAll(in: ObjectFolder("s3://bucket")!)
            for folder in ["bytes", "records", "temporary", "uploads"] {
                #expect(try FileManager.default.contentsOfDirectory(atPath: path + "/" + folder).isEmpty, "\(folder)")
            }
        }
    }

    @Test("Many writers of one key: the last one wins, whole, with its own metadata")
    func concurrent() async throws {
        try await Self.with { store, path in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<40 {
                    group.addTask {
                        let bytes = Payload.bytes(10_000 + number, seed: UInt64(number))
                        let options = PutOptions(metadata: ["number": "\(number)"])
                        try await store.put(Self.location, .bytes(bytes), options)
                    }
                    group.addTask {
                        guard let object = try? await store.get(Self.location) else { return }
                        let number = try #require(object.info.metadata["number"].flatMap { Int($0) })
                        let bytes = try await object.body.collect(upTo: 1 << 20)
                        #expect(bytes == Payload.bytes(10_000 + number, seed: UInt64(number)))
                    }
                }
                try await group.waitForAll()
            }
            #expect(try Self.files(path + "/bytes").count == 1 && Self.files(path + "/temporary").isEmpty)
        }
    }

    @Test("Of many that must not overwrite, one succeeds")
    func exclusive() async throws {
        try await Self.with { store, _ in
            let winners = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        await failure {
                            try await store.put(Self.location, .text("\(number)"), PutOptions(ifNoneMatch: true))
                        } == nil
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(winners == 1)
        }
    }

    @Test("Writers and deleters of one folder do not trip over each other")
    func foldersComeAndGo() async throws {
        try await Self.with { store, _ in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        let location = ObjectLocation("s3://bucket/deep/er/\(number)")!
                        for _ in 0..<20 {
                            try await store.put(location, .text("x"))
                            try await store.delete(location)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("Links in the store's folders are not followed")
    func links() async throws {
        let outside = try ThrowAwayDirectory()
        defer { outside.remove() }
        try await Self.with { store, path in
            try await store.put(Self.location, .text("x"))
            for tree in ["bytes", "records"] {
                try FileManager.default.createSymbolicLink(
                    atPath: "\(path)/\(tree)/bucket/link", withDestinationPath: outside.path)
                try FileManager.default.createSymbolicLink(
                    atPath: "\(path)/\(tree)/bucket/passwd%o", withDestinationPath: "/etc/passwd")
            }
            #expect(await failure { try await store.put(ObjectLocation("s3://bucket/link/x")!, .text("y")) } != nil)
            #expect(await failure { _ = try await store.get(ObjectLocation("s3://bucket/passwd")!) } != nil)
            #expect(try Self.files(outside.path).isEmpty)
        }
    }

    @Test("Keys whose long segments end in dots are keys of their own")
    func dots() async throws {
        try await Self.with { store, _ in
            let long = String(repeating: "x", count: 200)
            let keys = ["\(long)../secret", "\(long)./secret", "\(long)secret", "secret", "\(long)..", "\(long)."]
            func location(_ key: String) -> ObjectLocation { ObjectLocation("s3://bucket/\(key)")! }
            for key in keys { try await store.put(location(key), .text(key)) }
            for key in keys {
                let bytes = try await store.bytes(location(key), upTo: 1000)
                #expect(bytes == Array(key.utf8))
            }
            let page = try await store.list(ListRequest(ObjectFolder("s3://bucket")!))
            let expected = keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            #expect(page.objects.map(\.key.description) == expected)
            try await store.delete(location(keys[0]))
            let rest = try await store.list(ListRequest(ObjectFolder("s3://bucket")!))
            #expect(rest.objects.count == keys.count - 1)
        }
    }

    @Test("What a process that was killed left behind is swept, and was never visible")
    func sweeps() async throws {
        try await Self.with { store, path in
            try await store.put(Self.location, .text("kept"))
            let (id, other) = (String(repeating: "a", count: 32), String(repeating: "b", count: 32))
            // Killed while it wrote the bytes.
            try Data("half".utf8).write(to: URL(fileURLWithPath: "\(path)/temporary/\(id).bytes"))
            // Killed when the bytes were in their place, but not the record.
            let record =
                #"{"bucket":"bucket","key":"a/b","id":"\#(other)","size":4,"modified":"2026-11-21T00:00:00Z","metadata":[]}"#
            try Data(record.utf8).write(to: URL(fileURLWithPath: "\(path)/temporary/\(other).record"))
            try Data("lost".utf8).write(to: URL(fileURLWithPath: "\(path)/bytes/bucket/a/b%\(other)"))
            try Data("torn".utf8).write(to: URL(fileURLWithPath: "\(path)/temporary/\(id).record"))
            let page = try await store.list(ListRequest(ObjectFolder("s3://bucket")!))
            #expect(page.objects.map(\.key.description) == ["a/b"])
            let again = try DiskStore(.test(path))
            #expect(try Self.files(path + "/temporary").isEmpty && Self.files(path + "/bytes").count == 1)
            let bytes = try await again.bytes(Self.location, upTo: 10)
            #expect(bytes == Array("kept".utf8))
        }
    }

    @Test("A sweep leaves alone what another process is writing")
    func sweepsOnlyTheDead() async throws {
        try await Self.with { store, path in
            let blocks = Payload.Blocks(block: Payload.bytes(1000), count: 10)
            let sweeping = SweepingBlocks(blocks: blocks, path: path)
            try await store.put(Self.location, .stream(sweeping, length: 10_000))
            let info = try await store.head(Self.location)
            #expect(info.size == 10_000)
        }
    }

    @Test("Uploads that nobody completes are forgotten after a while")
    func oldUploads() async throws {
        try await Self.with { store, path in
            let upload = try await store.beginUpload(Self.location, PutOptions())
            _ = try await store.uploadPart(upload, number: 1, .text("x"))
            _ = try DiskStore(.test(path), now: { .now + .seconds(6 * 86_400) })
            let part = try await store.uploadPart(upload, number: 2, .text("y"))
            _ = try DiskStore(.test(path), now: { .now + .seconds(8 * 86_400) })
            #expect(isSame(await failure { try await store.completeUpload(upload, [part]) }, .notFound))
            #expect(try FileManager.default.contentsOfDirectory(atPath: path + "/uploads").isEmpty)
        }
    }

    @Test("An upload's id is no path, and is good for its own object only")
    func uploadIDs() async throws {
        try await Self.with { store, path in
            for id in ["../temporary", "", "..", String(repeating: "A", count: 32)] {
                let upload = ObjectUpload(location: Self.location, id: id)
                #expect(await failure { _ = try await store.uploadPart(upload, number: 1, .text("x")) } != nil)
                try await store.abortUpload(upload)
            }
            #expect(FileManager.default.fileExists(atPath: path + "/temporary"))
            let upload = try await store.beginUpload(Self.location, PutOptions())
            let other = ObjectUpload(location: ObjectLocation("s3://bucket/other")!, id: upload.id)
            #expect(isSame(await failure { _ = try await store.uploadPart(other, number: 1, .text("x")) }, .notFound))
        }
    }

    @Test("A damaged record is an error, not another file")
    func damaged() async throws {
        try await Self.with { store, path in
            try await store.put(Self.location, .text("x"))
            for text in [
                "", "{}",
                #"{"bucket":"bucket","key":"a/b","id":"../../x","size":1,"modified":"2026-11-21T00:00:00Z","metadata":[]}"#,
            ] {
                try Data(text.utf8).write(to: URL(fileURLWithPath: "\(path)/records/bucket/a/b%o"))
                guard case .malformedAnswer = await failure({ _ = try await store.get(Self.location) }) else {
                    Issue.record("'\(text)' was read")
                    continue
                }
            }
        }
    }

    @Test("An object larger than allowed is refused, however it comes")
    func tooLarge() async throws {
        let directory = try ThrowAwayDirectory()
        defer { directory.remove() }
        var settings = DiskSettings.test(directory.path)
        settings.limits.objectBytes = 100
        let store = try DiskStore(settings)
        let file = directory.path + "/file"
        try Data(count: 101).write(to: URL(fileURLWithPath: file))
        try await onLoop {
            let stream = ObjectContent.stream(
                Payload.Blocks(block: [UInt8](repeating: 0, count: 101), count: 1), length: 101)
            for content in [ObjectContent.bytes([UInt8](repeating: 0, count: 101)), .file(file), stream] {
                #expect(isSame(await failure { try await store.put(Self.location, content) }, .tooLarge(limit: 100)))
            }
        }
    }
}

/// Blocks during which another store sweeps the same folder.
private struct SweepingBlocks: AsyncSequence, Sendable {
    let blocks: Payload.Blocks
    let path: String

    func makeAsyncIterator() -> Iterator { Iterator(inner: blocks.makeAsyncIterator(), path: path) }

    struct Iterator: AsyncIteratorProtocol {
        var inner: Payload.Blocks.Iterator
        let path: String

        mutating func next() async throws -> [UInt8]? {
            _ = try DiskStore(.test(path))
            return try await inner.next()
        }
    }
}

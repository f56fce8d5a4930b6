import Foundation
import Glibc
import JSON
import Loop
import TestKit
import Testing

@testable import Objects

@Suite("A sweep of the disk store")
struct DiskSweepTests {
    private static func with(_ body: (DiskTree, String) throws -> Void) throws {
        let directory = try ThrowAwayDirectory()
        defer { directory.remove() }
        try body(try DiskTree(root: directory.path, isDurable: false), directory.path)
    }

    @Test("A draft that is swept before it is locked is made again")
    func draft() throws {
        try Self.with { tree, path in
            var sweeps = 0
            let draft = try DiskDraft(in: tree.temporary) {
                guard sweeps < 3 else { return }
                sweeps += 1
                #expect(throws: Never.self) { try tree.sweep(uploadLife: .seconds(60), now: .now) }
            }
            #expect(sweeps == 3)
            try draft.file.append([1, 2, 3])
            try tree.sweep(uploadLife: .seconds(60), now: .now)
            #expect(try FileManager.default.contentsOfDirectory(atPath: path + "/temporary") == [draft.bytesName])
        }
    }

    @Test("A draft that a sweep holds at that moment is given up for another")
    func held() throws {
        try Self.with { tree, path in
            var sweeping: DiskFile?
            let draft = try DiskDraft(in: tree.temporary) {
                guard sweeping == nil else { return }
                let name = try? FileManager.default.contentsOfDirectory(atPath: path + "/temporary").first
                sweeping = name.flatMap { try? tree.temporary.file($0) }
                #expect((try? sweeping?.lock(waits: false)) == true)
            }
            #expect(try draft.file.status().st_ino != sweeping?.status().st_ino)
        }
    }

    @Test("A record that its writer has not finished is left alone, and one without a writer is not")
    func unfinishedRecord() throws {
        try Self.with { tree, path in
            func left() throws -> Set<String> {
                Set(try FileManager.default.contentsOfDirectory(atPath: path + "/temporary"))
            }
            let draft = try DiskDraft(in: tree.temporary)
            let note = try tree.temporary.madeFile(draft.recordName)
            try note.append(Array("{".utf8))
            try tree.sweep(uploadLife: .seconds(60), now: .now)
            #expect(try left() == [draft.bytesName, draft.recordName])
            _ = try tree.temporary.madeFile("01" + DiskDraft.recordEnding)
            try tree.sweep(uploadLife: .seconds(60), now: .now)
            #expect(try left() == [draft.bytesName, draft.recordName])
        }
    }

    @Test("Writers go on undisturbed while others start")
    func startsBesideWriters() async throws {
        let directory = try ThrowAwayDirectory()
        defer { directory.remove() }
        let path = directory.path
        let location = try #require(ObjectLocation("s3://bucket/key"))
        let pool = BlockingPool(maximumThreads: 2)
        let isDone = Locked(false)
        async let sweeping: Int = pool.run {
            var sweeps = 0
            while !isDone.withLock({ $0 }) {
                try DiskTree(root: path, isDurable: false).sweep(uploadLife: .seconds(60), now: .now)
                sweeps += 1
            }
            return sweeps
        }
        let records: Int = try await pool.run {
            defer { isDone.withLock { $0 = true } }
            let tree = try DiskTree(root: path, isDurable: false)
            for number in 0..<2000 {
                let draft = try DiskDraft(in: tree.temporary)
                try draft.file.append([UInt8(number & 0xff)])
                let info = ObjectInfo(size: 1, entityTag: "\(number)", modified: .now)
                _ = try tree.commit(draft, location, info, now: .now, ifNoneMatch: false)
            }
            return 2000
        }
        #expect(try await sweeping > 0)
        #expect(records == 2000)
        let bytes = FileManager.default.enumerator(atPath: path + "/bytes")?.compactMap { $0 as? String } ?? []
        #expect(bytes.count { $0.contains("%") } == 1, "\(bytes)")
    }

    @Test("An upload whose file is not written yet is left alone while it is young")
    func youngUpload() throws {
        try Self.with { tree, path in
            _ = try tree.uploads.madeFolder("young")
            try tree.sweep(uploadLife: .seconds(60), now: .now)
            #expect(FileManager.default.fileExists(atPath: path + "/uploads/young"))
            try tree.sweep(uploadLife: .seconds(60), now: .now + .seconds(120))
            #expect(!FileManager.default.fileExists(atPath: path + "/uploads/young"))
        }
    }

    @Test("A running store forgets uploads that nobody completes, and keeps those that parts still come into")
    func abandonedUploads() async throws {
        let directory = try ThrowAwayDirectory()
        defer { directory.remove() }
        let ahead = Locked(Duration.zero)
        var settings = DiskSettings.test(directory.path)
        settings.uploadLife = .seconds(2 * 3600)
        let store = try DiskStore(settings) { .now + ahead.withLock { $0 } }
        try await onLoop {
            let location = ObjectLocation("s3://bucket/large")!
            let abandoned = try await store.beginUpload(location, PutOptions())
            let active = try await store.beginUpload(location, PutOptions())
            let uploads = directory.path + "/uploads/"
            func age(_ upload: ObjectUpload, hours: Double) throws {
                try FileManager.default.setAttributes(
                    [.modificationDate: Date(timeIntervalSinceNow: -hours * 3600)], ofItemAtPath: uploads + upload.id)
            }
            func isThere(_ upload: ObjectUpload) -> Bool {
                FileManager.default.fileExists(atPath: uploads + upload.id)
            }
            try age(abandoned, hours: 1.5)
            try age(active, hours: 1.5)
            // Within the hour nobody looks.
            _ = try await store.beginUpload(location, PutOptions())
            #expect(isThere(abandoned) && isThere(active))
            _ = try await store.uploadPart(active, number: 1, .text("part"))
            ahead.withLock { $0 = .seconds(3601) }
            _ = try await store.beginUpload(location, PutOptions())
            #expect(!isThere(abandoned) && isThere(active))
        }
    }

    @Test("Where a file system's entries do not say what they are, they are looked at")
    func unknownKind() throws {
        try Self.with { tree, path in
            let root = tree.root
            try Data("x".utf8).write(to: URL(fileURLWithPath: path + "/file"))
            symlink(path, path + "/link")
            let unknown = Int(DT_UNKNOWN)
            for (name, expected) in [("records", true), ("file", false), ("link", false)] {
                let isFolder = try root.isFolder(name, kind: unknown)
                #expect(isFolder == expected, "\(name)")
            }
            let gone = try root.isFolder("gone", kind: unknown)
            #expect(gone == nil)
        }
    }
}

import Foundation
import Glibc
import TestKit
import Testing

@testable import Objects

@Suite("The disk store's own credentials")
struct DiskCredentialsTests {
    private static func store(_ root: String) throws -> DiskStore {
        try DiskStore(DiskSettings(root: root, publicEndpoint: ObjectEndpoint("http://127.0.0.1:8080")!))
    }

    @Test("They are made once, by one of many that start at once, and are for their owner's eyes")
    func madeOnce() async throws {
        let directory = try ThrowAwayDirectory()
        defer { directory.remove() }
        let root = directory.path + "/objects"
        let made = try await withThrowingTaskGroup(of: ObjectCredentials.self) { group in
            for _ in 0..<16 {
                group.addTask { try Self.store(root).signatureKeys.credentials }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(made.count == 16 && made.allSatisfy { $0 == made[0] })
        #expect(made[0].secretKey.utf8.count == 43 && made[0].accessKey.utf8.count == 20)
        var status = stat()
        #expect(stat(root + "/credentials", &status) == 0 && status.st_mode & 0o777 == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: root + "/temporary").isEmpty)
        let other = try ThrowAwayDirectory()
        defer { other.remove() }
        #expect(try Self.store(other.path).signatureKeys.credentials != made[0])
    }

    @Test("A damaged file is an error, not a new pair", arguments: ["", "a", "a\nb", "a\nb\nc\n", "\nb\n", "a b\nc\n"])
    func damaged(text: String) throws {
        let directory = try ThrowAwayDirectory()
        defer { directory.remove() }
        try Data(text.utf8).write(to: URL(fileURLWithPath: directory.path + "/credentials"))
        let error = #expect(throws: ObjectError.self) { _ = try Self.store(directory.path) }
        guard case .malformedAnswer = error else { return #expect(Bool(false), "\(String(describing: error))") }
    }

    @Test("A pair that is given makes none")
    func given() throws {
        let directory = try ThrowAwayDirectory()
        defer { directory.remove() }
        _ = try DiskStore(.test(directory.path))
        #expect(!FileManager.default.fileExists(atPath: directory.path + "/credentials"))
    }
}

import Foundation
import Glibc
import JSON
import Loop
import Objects
import TestKit
import Testing

/// A process that writes is killed at any moment: what it had said to be done is there, whole, and nothing else is.
@Suite("The disk store of a process that is killed")
struct DiskKillTests {
    private static let kills = 20

    @Test("Every object it acknowledged is whole, none is there by half, and the next start leaves nothing over")
    func killed() async throws {
        let writer = Self.writer
        let directory = try ThrowAwayDirectory(prefix: "pentad-killed")
        defer { directory.remove() }
        let root = directory.path
        var ledger = Ledger()
        var acknowledged = 0
        for round in 0..<Self.kills {
            let process = try TestProcess(
                writer, [root, "\(ledger.next)", round.isMultiple(of: 2) ? "fast" : "durable"])
            // At any moment, from its first write on.
            var text = try await process.read(until: "\n")
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...150)))
            process.signal(SIGKILL)
            let (rest, status) = try await process.finish()
            text += rest
            #expect(status == 128 + SIGKILL, "\(text.suffix(300))")
            acknowledged += ledger.read(text)
            let known = ledger
            let found = try await onLoop { try await Self.check(root, known, round) }
            ledger.settle(found)
        }
        #expect(acknowledged > Self.kills, "it was killed before it had done anything")
    }

    /// What each key holds, by the number of who wrote it.
    private static func check(_ root: String, _ ledger: Ledger, _ round: Int) async throws -> [String: Int] {
        // A week later, so that uploads which nobody completed are old enough to be forgotten.
        let store = try DiskStore(.test(root), now: { .now + .seconds(8 * 86_400) })
        var found: [String: Int] = [:]
        for try await page in store.pages(of: ListRequest(ObjectFolder("s3://bucket")!)) {
            for object in page.objects {
                let stored = try await store.get(ObjectLocation(BucketName("bucket")!, object.key))
                let number = try #require(stored.info.metadata["number"].flatMap { Int($0) })
                let bytes = try await stored.body.collect(upTo: 1 << 20)
                #expect(bytes.count == number &* 7919 % 100_000 && bytes.count == object.size)
                #expect(bytes.allSatisfy { $0 == UInt8(truncatingIfNeeded: number) })
                found[object.key.description] = number
            }
        }
        for key in ledger.keys.union(found.keys) {
            #expect(
                ledger.allowed(key).contains(found[key] ?? Ledger.absent),
                "round \(round): \(key) holds \(found[key] ?? -1)")
        }
        let left = ["temporary", "uploads"].flatMap { folder in
            (try? FileManager.default.subpathsOfDirectory(atPath: root + "/" + folder)) ?? []
        }
        #expect(left == [], "round \(round)")
        let bytes = try DiskStoreTests.files(root + "/bytes")
        #expect(bytes.count == found.count, "round \(round): bytes that are nobody's")
        return found
    }

    private static let writer = BuiltPrograms.path("object-writer")
}

/// What the writer said. A key's value is the number of who wrote it.
private struct Ledger: Sendable {
    static let absent = -1

    private var done: [String: Int] = [:]
    private var underWay: [String: Int] = [:]
    private(set) var next = 0

    var keys: Set<String> { Set(done.keys).union(underWay.keys) }

    func allowed(_ key: String) -> Set<Int> {
        Set([done[key] ?? Self.absent, underWay[key]].compactMap(\.self))
    }

    /// How many it said to be done.
    mutating func read(_ text: String) -> Int {
        var count = 0
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            guard words.count == 3, let number = Int(words[1]) else { continue }
            next = max(next, number + 1)
            switch words[0] {
            case "put": underWay[words[2]] = number
            case "delete": underWay[words[2]] = Self.absent
            case "done":
                done[words[2]] = underWay.removeValue(forKey: words[2])
                count += 1
            default: break
            }
        }
        return count
    }

    /// What was under way is known now.
    mutating func settle(_ found: [String: Int]) {
        for key in keys { done[key] = found[key] ?? Self.absent }
        underWay = [:]
    }
}

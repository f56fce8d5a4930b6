import Glibc
import Loop
import Synchronization
import TestKit
import Testing

@testable import HTTP

/// Runs `body` as a task on a loop, as a handler runs.
func onLoop<Result: Sendable>(_ body: @escaping @Sendable () async throws -> Result) async throws -> Result {
    try await TestService.loops.nextLoop().run(body)
}

/// What a call failed with; nil when it did not.
func failure(_ body: () async throws -> Void) async -> ClientError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? ClientError
    }
}

/// Errors carry other errors and are not `Equatable`; for a test their texts are enough.
func isSame(_ error: ClientError?, _ expected: ClientError) -> Bool {
    error.map(String.init(describing:)) == String(describing: expected)
}

/// A fact that one thread establishes and a test waits for.
final class Flag: Sendable {
    private let value = Atomic<Bool>(false)
    func raise() { value.store(true, ordering: .releasing) }
    var isRaised: Bool { value.load(ordering: .acquiring) }

    /// For scripts: blocks the script's own thread.
    func block() {
        let deadline = Deadline.after(.seconds(20))
        while !isRaised, Deadline.now < deadline { usleep(1000) }
    }
}

/// Values that scripts leave for a test.
final class Notes<Value: Sendable>: Sendable {
    private let values = Locked<[Value]>([])
    func add(_ value: Value) { values.withLock { $0.append(value) } }
    var all: [Value] { values.withLock { $0 } }
}

extension Origin {
    static func local(_ server: ScriptedServer) -> Origin { Origin(host: "127.0.0.1", port: server.port) }
}

/// Blocks of a body made as they are asked for.
struct Blocks: AsyncSequence, Sendable {
    let block: [UInt8]
    let count: Int
    var failsAtEnd = false
    var asked: Notes<Int>?

    struct Failed: Error {}

    struct Iterator: AsyncIteratorProtocol {
        let blocks: Blocks
        var index = 0

        mutating func next() async throws -> [UInt8]? {
            guard index < blocks.count else {
                if blocks.failsAtEnd { throw Failed() }
                return nil
            }
            blocks.asked?.add(index)
            index += 1
            return blocks.block
        }
    }

    func makeAsyncIterator() -> Iterator { Iterator(blocks: self) }
}

/// Bytes in which a lost or doubled piece shows.
func patternedBytes(_ count: Int) -> [UInt8] {
    var bytes = (0..<65_521).map { UInt8(truncatingIfNeeded: $0 / 251 ^ $0) }
    while bytes.count < count { bytes += bytes }
    return Array(bytes[..<count])
}

/// As `==`, and quick in a debug build, where a loop must not be held up for long.
func isEqual(_ a: [UInt8], _ b: ArraySlice<UInt8>) -> Bool {
    guard a.count == b.count else { return false }
    return a.withUnsafeBytes { a in
        b.withUnsafeBytes { b in
            guard let a = a.baseAddress, let start = b.baseAddress else { return true }
            return memcmp(a, start, b.count) == 0
        }
    }
}

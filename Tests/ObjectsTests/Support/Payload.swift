import Loop
import Objects
import TestKit

/// Bytes that differ from place to place, so that a block out of order shows.
enum Payload {
    static func bytes(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            var state = seed
            for index in 0..<count {
                if index % 8 == 0 { state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407 }
                buffer[index] = UInt8(truncatingIfNeeded: state >> UInt64(8 * (index % 8)))
            }
            filled = count
        }
    }

    /// The same block again and again.
    struct Blocks: AsyncSequence, Sendable {
        let block: [UInt8]
        let count: Int
        var failsAfter: Int?

        struct Failed: Error {}

        func makeAsyncIterator() -> Iterator { Iterator(blocks: self) }

        struct Iterator: AsyncIteratorProtocol {
            let blocks: Blocks
            var given = 0

            mutating func next() async throws -> [UInt8]? {
                if given == blocks.failsAfter { throw Failed() }
                guard given < blocks.count else { return nil }
                given += 1
                return blocks.block
            }
        }
    }
}

/// Runs `body` as a task on a loop, as a handler runs.
func onLoop<Result: Sendable>(_ body: @escaping @Sendable () async throws -> Result) async throws -> Result {
    try await TestService.loops.nextLoop().run(body)
}

/// What a call failed with; nil when it did not.
func failure(_ body: () async throws -> Void) async -> ObjectError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? ObjectError
    }
}

/// Errors carry other errors and are not `Equatable`; for a test their texts are enough.
func isSame(_ error: ObjectError?, _ expected: ObjectError) -> Bool {
    error.map(String.init(describing:)) == String(describing: expected)
}

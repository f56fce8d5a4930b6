import Loop
import Testing

@Suite("What belongs to a loop", .timeLimit(.minutes(1)))
struct LoopObjectsTests {
    private final class Buffer {}
    private final class Cache {}

    @Test("is made once a kind and loop")
    func attachments() async throws {
        try await withLoops(2) { group in
            let buffers = try await group.loops[0].run {
                let loop = group.loops[0]
                let buffer = loop.attachment(Buffer.self) { Buffer() }
                #expect(loop.attachment(Buffer.self) { Buffer() } === buffer)
                _ = loop.attachment(Cache.self) { Cache() }
                #expect(loop.attachment(Buffer.self) { Buffer() } === buffer)
                return ObjectIdentifier(buffer)
            }
            let others = try await group.loops[1].run {
                ObjectIdentifier(group.loops[1].attachment(Buffer.self) { Buffer() })
            }
            #expect(buffers != others)
        }
    }

    @Test("travels through code that must be sendable")
    func loopBound() async throws {
        try await withLoops(2) { group in
            let loop = group.loops[0]
            let bound = try await loop.run { LoopBound(Buffer(), on: loop) }
            let identity = try await loop.run { ObjectIdentifier(bound.value) }
            let again = try await group.loops[1].run {
                try await loop.run { ObjectIdentifier(bound.value) }
            }
            #expect(identity == again)
        }
    }
}

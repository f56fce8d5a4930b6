import Glibc
import Loop
import Testing

@Suite("Watches", .timeLimit(.minutes(1)))
struct WatchTests {
    @Test("tell of bytes to read")
    func readable() async throws {
        try await withLoop { loop in
            try await loop.run {
                let pair = DescriptorPair()
                let probe = Probe()
                let token = try loop.watch(pair.near, for: .readable, by: probe)
                await loop.pass()
                #expect(probe.calls.isEmpty)
                pair.feed()
                await loop.pass()
                #expect(probe.calls == [.readable])
                loop.unwatch(token)
                #expect(loop.watchCount == 0)
            }
        }
    }

    @Test("tell of room to write, and of both at once")
    func writableAndBoth() async throws {
        try await withLoop { loop in
            try await loop.run {
                let pair = DescriptorPair(.sockets)
                let probe = Probe()
                let token = try loop.watch(pair.near, for: [.readable, .writable], by: probe)
                await loop.pass()
                #expect(probe.calls == [.writable])
                pair.feed()
                await loop.pass()
                #expect(probe.calls == [.writable, [.readable, .writable]])
                loop.unwatch(token)
            }
        }
    }

    @Test("by edge tell once a change, by level every turn")
    func triggers() async throws {
        try await withLoop { loop in
            try await loop.run {
                let pair = DescriptorPair()
                let edge = Probe()
                let edgeToken = try loop.watch(pair.near, for: .readable, trigger: .edge, by: edge)
                pair.feed()
                await loop.pass(10)
                #expect(edge.calls.count == 1)
                pair.feed()
                await loop.pass(10)
                #expect(edge.calls.count == 2)
                loop.unwatch(edgeToken)
                let level = Probe()
                let levelToken = try loop.watch(pair.near, for: .readable, trigger: .level, by: level)
                await loop.pass(10)
                #expect(level.calls.count >= 5)
                let told = level.calls.count
                pair.drain()
                await loop.pass(10)
                #expect(level.calls.count <= told + 1)
                loop.unwatch(levelToken)
            }
        }
    }

    @Test("can change what they wait for")
    func rewatch() async throws {
        try await withLoop { loop in
            try await loop.run {
                let pair = DescriptorPair(.sockets)
                pair.feed()
                let probe = Probe()
                let token = try loop.watch(pair.near, for: .readable, trigger: .level, by: probe)
                await loop.pass()
                #expect(!probe.calls.isEmpty)
                #expect(probe.calls.allSatisfy { $0 == .readable })
                loop.rewatch(token, for: .writable)
                let before = probe.calls.count
                await loop.pass()
                let after = probe.calls[before...]
                #expect(!after.isEmpty)
                #expect(after.allSatisfy { $0 == .writable })
                loop.rewatch(token, for: [])
                let told = probe.calls.count
                await loop.pass()
                #expect(probe.calls.count == told)
                // Armed again by edge, it tells of what has been there all along.
                loop.rewatch(token, for: .readable, trigger: .edge)
                await loop.pass()
                #expect(probe.calls.count == told + 1)
                loop.unwatch(token)
            }
        }
    }

    @Test("tell that the peer closed or the descriptor broke")
    func closedAndFailed() async throws {
        try await withLoop { loop in
            try await loop.run {
                let sockets = DescriptorPair(.sockets)
                let closing = Probe()
                let closingToken = try loop.watch(sockets.near, for: [.readable, .peerClosed], by: closing)
                shutdown(sockets.far, Int32(SHUT_WR))
                await loop.pass()
                #expect(closing.calls == [[.readable, .peerClosed]])
                loop.unwatch(closingToken)
                var ends: [Int32] = [-1, -1]
                #expect(pipe(&ends) == 0)
                let failing = Probe()
                let failingToken = try loop.watch(ends[1], for: [], by: failing)
                close(ends[0])
                await loop.pass()
                #expect(failing.calls.count == 1)
                #expect(failing.calls.first?.isDisjoint(with: .failed) == false)
                loop.unwatch(failingToken)
                close(ends[1])
            }
        }
    }

    @Test("of what cannot be watched are refused and leave nothing")
    func refused() async throws {
        try await withLoop { loop in
            try await loop.run {
                let file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC)
                #expect(file >= 0)
                for _ in 0..<2 {
                    let error = #expect(throws: LoopError.self) { try loop.watch(file, for: .readable, by: Probe()) }
                    #expect(error?.code == EPERM)
                }
                #expect(loop.watchCount == 0)
                close(file)
            }
        }
    }

    @Test("can end in their own callback")
    func removedInOwnCallback() async throws {
        try await withLoop { loop in
            try await loop.run {
                let pair = DescriptorPair()
                pair.feed()
                let probe = Probe()
                let token = try loop.watch(pair.near, for: .readable, trigger: .level, by: probe)
                probe.onReady = { _ in loop.unwatch(token) }
                await loop.pass()
                #expect(probe.calls.count == 1)
                #expect(loop.watchCount == 0)
            }
        }
    }

    @Test("are not ended by the token of an earlier watch of the same descriptor")
    func staleToken() async throws {
        try await withLoop { loop in
            try await loop.run {
                let pair = DescriptorPair()
                let probe = Probe()
                let old = try loop.watch(pair.near, for: .readable, by: Probe())
                loop.unwatch(old)
                let new = try loop.watch(pair.near, for: .readable, by: probe)
                loop.unwatch(old)
                loop.rewatch(old, for: [])
                pair.feed()
                await loop.pass()
                #expect(probe.calls.count == 1)
                loop.unwatch(new)
            }
        }
    }

    @Test("keep their watcher alive to their end, and its end may end another watch")
    func lifetime() async throws {
        try await withLoop { loop in
            let ended = Journal<String>()
            try await loop.run {
                let pairs = [DescriptorPair(), DescriptorPair()]
                func watch(_ index: Int, _ onEnd: @escaping () -> Void) throws -> WatchToken {
                    let probe = Probe()
                    probe.onEnd = onEnd
                    return try loop.watch(pairs[index].near, for: .readable, by: probe)
                }
                let second = try watch(1) { ended.append("second") }
                let first = try watch(0) {
                    ended.append("first")
                    loop.unwatch(second)
                }
                await loop.pass()
                #expect(ended.count == 0)
                loop.unwatch(first)
                #expect(ended.entries == ["first", "second"])
                #expect(loop.watchCount == 0)
            }
        }
    }
}

import Glibc
import Loop
import TestKit
import Testing

/// Signals are sent to the loop's own thread, which blocks them all; the other threads of a test process do not.
@Suite("Signals", .timeLimit(.minutes(1)))
struct SignalsTests {
    /// Descriptors of this process that deliver exactly these signals.
    private func descriptors(for signals: [Int32]) -> Int {
        let mask = signals.reduce(UInt64(0)) { $0 | 1 << UInt64($1 - 1) }
        return descriptorDetails().count { $0.contains("sigmask:\t\(hexadecimal(mask))") }
    }

    private func hexadecimal(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    @Test("come as a sequence, each once")
    func sequence() async throws {
        try await withLoop { loop in
            var received = Signals.stream([SIGUSR1, SIGUSR2], on: loop).makeAsyncIterator()
            for signal in [SIGUSR1, SIGUSR2, SIGUSR2, SIGUSR1] {
                loop.execute { raise(signal) }
                let next = await received.next()
                #expect(next == signal)
            }
        }
    }

    @Test("that nobody asked for stay away")
    func others() async throws {
        try await withLoop { loop in
            var received = Signals.stream([SIGUSR1], on: loop).makeAsyncIterator()
            loop.execute {
                raise(SIGUSR2)
                raise(SIGUSR1)
            }
            let next = await received.next()
            #expect(next == SIGUSR1)
        }
    }

    @Test("are no longer read when the stream ends, and its descriptor is closed")
    func end() async throws {
        // A combination that nothing else in the process uses.
        let signals = [SIGURG, SIGWINCH, SIGXFSZ]
        try await withLoop { loop in
            let reader = Task {
                for await signal in Signals.stream(signals, on: loop) where signal == SIGURG { return true }
                return false
            }
            let isWatching = await eventually { descriptors(for: signals) == 1 }
            #expect(isWatching)
            loop.execute { raise(SIGURG) }
            let wasReceived = await reader.value
            #expect(wasReceived)
            let isClosed = await eventually { descriptors(for: signals) == 0 }
            #expect(isClosed)
            let left = try await loop.run { loop.watchCount }
            #expect(left == 0)
        }
    }

    @Test("leave no descriptor behind when the stream is dropped at once or its reader cancelled")
    func dropped() async throws {
        let signals = [SIGURG, SIGWINCH, SIGXCPU]
        try await withLoop { loop in
            for _ in 0..<20 { _ = Signals.stream(signals, on: loop) }
            let readers = (0..<5).map { _ in
                Task { for await _ in Signals.stream(signals, on: loop) {} }
            }
            for reader in readers {
                reader.cancel()
                await reader.value
            }
            let areClosed = await eventually { descriptors(for: signals) == 0 }
            #expect(areClosed)
            let left = try await loop.run { loop.watchCount }
            #expect(left == 0)
        }
    }
}

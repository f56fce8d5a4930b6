import Glibc
import Loop

/// What a program writes to one of its outputs, as lines. It is read only as fast as it is asked for: a program that
/// writes faster waits at its pipe. One reader at a time.
public final class EngineOutput: AsyncSequence, Sendable {
    public typealias Element = EngineLine

    private struct State {
        let descriptor: Int32
        var splitter: LineSplitter
        var tail: OutputTail
        var total = 0
        var isAtEnd = false
        var isTooLarge = false
        /// Nobody writes any more: what is in the pipe is all.
        var isAbandoned = false
        var readers = 0
        var isUnwanted = false
        var isDraining = false
        var isReading = false
        var waiting: DescriptorWait?
    }

    private enum Step {
        case line(EngineLine)
        case bytes([UInt8])
        case more
        case wait(DescriptorWait)
        case tooLarge
        case end
    }

    private static let blockBytes = 64 << 10
    /// Blocks that are thrown away in one go, so that a flood that nobody reads costs little.
    private static let drainedAtOnce = 32
    private static let drainPause = Duration.milliseconds(20)

    private let state: Locked<State>
    private let loop: EventLoop
    private let descriptor: Int32
    private let maximumTotal: Int?
    private let hold: RunHold?
    private let drained = Completion<Bool>()

    /// Takes the descriptor over.
    init(
        _ descriptor: Int32, on loop: EventLoop, splitter: LineSplitter,
        tail: OutputTail = OutputTail(maximumLines: 0, maximumBytes: 0), maximumTotal: Int? = nil,
        hold: RunHold? = nil
    ) {
        self.descriptor = descriptor
        self.loop = loop
        self.maximumTotal = maximumTotal
        self.hold = hold
        state = Locked(State(descriptor: descriptor, splitter: splitter, tail: tail))
    }

    deinit {
        close(descriptor)
    }

    public final class AsyncIterator: AsyncIteratorProtocol, Sendable {
        private let output: EngineOutput

        init(_ output: EngineOutput) {
            self.output = output
            output.readerCame()
        }

        deinit {
            output.readerLeft()
        }

        /// Throws `CancellationError`, or `EngineError.outputTooLarge` beyond the limit.
        public func next() async throws -> EngineLine? { try await output.nextLine() }

        /// The next bytes as they came, not cut into lines.
        public func nextBlock() async throws -> [UInt8]? { try await output.nextBlock() }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(self) }

    /// The last lines that were read.
    var tail: String { state.withLock { $0.tail.text } }

    func nextLine() async throws -> EngineLine? {
        guard case .line(let line)? = try await read(lines: true) else { return nil }
        return line
    }

    private func nextBlock() async throws -> [UInt8]? {
        guard case .bytes(let bytes)? = try await read(lines: false) else { return nil }
        return bytes
    }

    private func read(lines: Bool) async throws -> Step? {
        let isThrownAway = state.withLock { state in
            precondition(!state.isReading, "an output has one reader at a time")
            state.isReading = !state.isDraining
            return state.isDraining
        }
        if isThrownAway { return nil }
        defer { state.withLock { $0.isReading = false } }
        while true {
            try Task.checkCancellation()
            let step = state.withLock { state in lines ? nextLine(&state) : nextBytes(&state) }
            switch step {
            case .line, .bytes: return step
            case .end: return nil
            case .tooLarge:
                hold?.supervision.stop(.outputTooLarge)
                throw EngineError.outputTooLarge(limit: maximumTotal ?? 0)
            case .more: await Task.yield()
            case .wait(let wait):
                await wait.wait(for: .readable, of: descriptor)
                state.withLock { $0.waiting = nil }
            }
        }
    }

    private func nextLine(_ state: inout State) -> Step {
        if let line = state.splitter.next() ?? (state.isAtEnd ? state.splitter.finish() : nil) {
            state.tail.append(line)
            return .line(line)
        }
        return fill(&state)
    }

    private func nextBytes(_ state: inout State) -> Step {
        let bytes = state.splitter.takeBytes()
        return bytes.isEmpty ? fill(&state) : .bytes(bytes)
    }

    private func fill(_ state: inout State) -> Step {
        if state.isTooLarge { return .tooLarge }
        if state.isAtEnd { return .end }
        return withUnsafeTemporaryAllocation(byteCount: Self.blockBytes, alignment: 16) { block in
            let count = Glibc.read(descriptor, block.baseAddress, block.count)
            if count > 0 {
                state.total += count
                if let maximumTotal, state.total > maximumTotal, !state.isUnwanted {
                    state.isTooLarge = true
                    return .tooLarge
                }
                state.splitter.append(UnsafeRawBufferPointer(rebasing: block[..<count]))
                return .more
            }
            if count < 0, errno == EINTR { return .more }
            guard count < 0, errno == EAGAIN, !state.isAbandoned else {
                state.isAtEnd = true
                // A last line without its end may be held still.
                return .more
            }
            let wait = DescriptorWait(on: loop)
            state.waiting = wait
            return .wait(wait)
        }
    }

    // MARK: What nobody reads

    /// Throws away what comes, unless and until somebody reads; keeps the tail.
    func discard() {
        let mustDrain = state.withLock { state in
            state.isUnwanted = true
            return Self.beginDraining(&state)
        }
        if mustDrain { drain() }
    }

    /// No process of the program's is left.
    func abandon() {
        let waiting = state.withLock { state in
            state.isAbandoned = true
            return state.waiting
        }
        waiting?.wake()
    }

    /// Comes back when everything that nobody reads has been thrown away; at once when somebody reads.
    func waitUntilDiscarded() async {
        guard state.withLock({ $0.isDraining }) else { return }
        _ = await drained.value
    }

    private func readerCame() {
        state.withLock { $0.readers += 1 }
    }

    private func readerLeft() {
        let mustDrain = state.withLock { state in
            state.readers -= 1
            return Self.beginDraining(&state)
        }
        if mustDrain { drain() }
    }

    private static func beginDraining(_ state: inout State) -> Bool {
        guard state.isUnwanted, state.readers == 0, !state.isDraining else { return false }
        state.isDraining = true
        return true
    }

    private func drain() {
        Task(executorPreference: loop) { await self.throwAway() }
    }

    private func throwAway() async {
        var blocks = 0
        while true {
            switch state.withLock({ skip(&$0) }) {
            case .end: return drained.complete(true)
            case .wait(let wait):
                await wait.wait(for: .readable, of: descriptor)
                state.withLock { $0.waiting = nil }
            case .more, .line, .bytes, .tooLarge:
                blocks += 1
                if blocks % Self.drainedAtOnce == 0 { try? await loop.sleep(for: Self.drainPause) }
            }
        }
    }

    private func skip(_ state: inout State) -> Step {
        while let line = state.splitter.next() { state.tail.append(line) }
        state.isTooLarge = false
        if state.isAtEnd, let line = state.splitter.finish() { state.tail.append(line) }
        return fill(&state)
    }
}

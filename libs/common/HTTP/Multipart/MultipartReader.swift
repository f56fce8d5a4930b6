import Loop

/// Feeds a body to the parser and hands out parts and their data, in the order in which they come.
///
/// Its state is taken out while a read waits, so that a second read at the same time is refused instead of confused.
final class MultipartReader: Sendable {
    enum Item: Sendable {
        case part(Headers)
        case data([UInt8])
        case partEnd
    }

    private struct State: Sendable {
        var blocks: RequestBody.Iterator
        var parser: MultipartParser
        var block: [UInt8] = []
        var offset = 0
        /// The number of the part whose data comes next; nil between parts.
        var openPart: Int?
        var partCount = 0
        var isEnded = false
        /// After a refusal nothing more is read.
        var failure: (any Error)?
    }

    private let state: Locked<State?>

    init(_ body: RequestBody, _ parser: MultipartParser) {
        state = Locked(State(blocks: body.makeAsyncIterator(), parser: parser))
    }

    /// The next part's fields and its number, past what was left of the one before; nil after the last.
    func nextPart() async throws -> (headers: Headers, number: Int)? {
        try await withState { state in
            while let item = try await Self.nextItem(&state) {
                guard case .part(let headers) = item else { continue }
                state.partCount += 1
                state.openPart = state.partCount
                return (headers, state.partCount)
            }
            return nil
        }
    }

    /// The next block of a part's data; nil at its end.
    func nextBlock(of part: Int) async throws -> [UInt8]? {
        try await withState { state in
            guard state.openPart == part else {
                if part == state.partCount { return nil }
                throw MultipartUseError.partPassed
            }
            guard case .data(let bytes) = try await Self.nextItem(&state) else {
                state.openPart = nil
                return nil
            }
            return bytes
        }
    }

    private func withState<Result>(_ body: (inout State) async throws -> Result) async throws -> Result {
        let taken = state.withLock { state in
            defer { state = nil }
            return state
        }
        guard var current = taken else { throw MultipartUseError.readTwiceAtOnce }
        defer { state.withLock { $0 = current } }
        return try await body(&current)
    }

    private static func nextItem(_ state: inout State) async throws -> Item? {
        if let failure = state.failure { throw failure }
        do {
            return try await advance(&state)
        } catch {
            state.failure = error
            throw error
        }
    }

    private static func advance(_ state: inout State) async throws -> Item? {
        while true {
            if let item = try takeItem(&state) { return item }
            if state.isEnded { return nil }
            if let block = try await state.blocks.next() {
                state.block = block
                state.offset = 0
            } else {
                try state.parser.finish()
                state.isEnded = true
            }
        }
    }

    /// Nil when the block at hand is used up.
    private static func takeItem(_ state: inout State) throws(ParseFailure) -> Item? {
        guard state.offset < state.block.count else { return nil }
        let parsed = state.block.withUnsafeBytes { bytes in
            Result { () throws(ParseFailure) in try state.parser.next(bytes, &state.offset) }
        }
        switch try parsed.get() {
        case .part(let headers): return .part(headers)
        // A block that is data throughout, as nearly all of a large file are, is handed on as it came.
        case .data(let range): return .data(range == 0..<state.block.count ? state.block : Array(state.block[range]))
        case .heldBack(let bytes): return .data(bytes)
        case .partEnd: return .partEnd
        case .needsMore, .end: return nil
        }
    }
}

/// A mistake of ours in reading a multipart body.
public enum MultipartUseError: Error, Sendable {
    /// A part's data was asked for after the next part.
    case partPassed
    /// Two tasks read at once.
    case readTwiceAtOnce
}

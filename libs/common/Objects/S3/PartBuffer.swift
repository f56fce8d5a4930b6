import HTTP
import Loop

/// Cuts a stream into parts of one length, held in memory so that a part can be sent again.
final class PartBuffer: Sendable {
    struct Part: Sendable {
        let number: Int
        let bytes: [UInt8]
    }

    private struct State {
        var bytes: [UInt8] = []
        var taken = 0
        var number = 1
        var parts: [UploadedPart] = []
    }

    private let partBytes: Int
    private let count: Int
    private let state = Locked(State())

    init(partBytes: Int, count: Int) {
        self.partBytes = partBytes
        self.count = count
    }

    var parts: [UploadedPart] { state.withLock { $0.parts } }

    func sent(_ part: UploadedPart) {
        state.withLock { $0.parts.append(part) }
    }

    /// The parts that a block completes.
    func take(_ block: [UInt8]) throws -> [Part] {
        try state.withLock { state in
            state.taken += block.count
            guard state.taken <= count else { throw BodyLengthMismatch(declared: count, sent: state.taken) }
            var full: [Part] = []
            var rest = block[...]
            while state.bytes.count + rest.count >= partBytes {
                let head = rest.prefix(partBytes - state.bytes.count)
                state.bytes.append(contentsOf: head)
                rest = rest.dropFirst(head.count)
                full.append(Part(number: state.number, bytes: state.bytes))
                state.number += 1
                state.bytes = []
            }
            if state.bytes.isEmpty { state.bytes.reserveCapacity(min(partBytes, count - state.taken + rest.count)) }
            state.bytes.append(contentsOf: rest)
            return full
        }
    }

    /// What is left at the end.
    func end() throws -> Part? {
        try state.withLock { state in
            guard state.taken == count else { throw BodyLengthMismatch(declared: count, sent: state.taken) }
            guard !state.bytes.isEmpty else { return nil }
            defer { state.bytes = [] }
            return Part(number: state.number, bytes: state.bytes)
        }
    }
}

/// Takes a response's body out of received bytes, as its framing says. Pure.
struct ResponseBodyDecoder {
    private enum State {
        case length(remaining: Int)
        case chunked(ChunkedDecoder)
        case untilClose
        case ended
    }

    private var state: State

    init(_ framing: ResponseFraming) {
        switch framing {
        case .none, .length(0): state = .ended
        case .length(let length): state = .length(remaining: length)
        case .chunked: state = .chunked(ChunkedDecoder())
        case .untilClose: state = .untilClose
        }
    }

    var isEnded: Bool {
        if case .ended = state { return true }
        return false
    }

    /// How many bytes it is sensible to read at once.
    var appetite: Int {
        if case .length(let remaining) = state { return remaining }
        return .max
    }

    /// The next block of the body, nil when bytes are missing or the body has ended.
    mutating func next(from received: inout ReceivedBytes) throws(ParseFailure) -> [UInt8]? {
        switch state {
        case .ended: return nil
        case .untilClose: return received.take(upTo: .max)
        case .length(let remaining):
            guard let block = received.take(upTo: remaining) else { return nil }
            state = block.count == remaining ? .ended : .length(remaining: remaining - block.count)
            return block
        case .chunked(var decoder):
            let (block, isEnd) = try Self.dechunk(&decoder, &received)
            state = isEnd ? .ended : .chunked(decoder)
            return block
        }
    }

    /// The connection ended; whether that is the proper end of the body.
    mutating func connectionEnded() -> Bool {
        guard case .untilClose = state else { return isEnded }
        state = .ended
        return true
    }

    private static func dechunk(
        _ decoder: inout ChunkedDecoder, _ received: inout ReceivedBytes
    ) throws(ParseFailure) -> (block: [UInt8]?, isEnd: Bool) {
        var block: [UInt8] = []
        var offset = 0
        let outcome: Result<Bool, ParseFailure> = received.withBytes { bytes in
            Result { () throws(ParseFailure) in
                while true {
                    switch try decoder.next(bytes, &offset) {
                    case .data(let range): block.append(contentsOf: bytes.bindMemory(to: UInt8.self)[range])
                    case .needsMore: return false
                    case .end: return true
                    }
                }
            }
        }
        let isEnd = try outcome.get()
        received.drop(offset)
        return (block.isEmpty ? nil : block, isEnd)
    }
}

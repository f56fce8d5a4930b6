import Crypto
import HTTP
import Loop

/// The bytes of an object as an asynchronous sequence of blocks; read once, as slowly as one likes.
///
/// The end is only reached when everything came: a body that is too short, or is not what its checksum says, throws.
public struct ObjectBody: AsyncSequence, Sendable {
    public typealias Element = [UInt8]

    enum Source: Sendable {
        case response(ClientResponseBody)
        case file(DiskFile, BlockingPool)
    }

    let source: Source
    /// Bytes of the object that are yielded.
    let range: Range<Int>
    /// SHA-256 that the bytes must have, when the store says it.
    let checksum: [UInt8]?

    /// How many bytes come.
    public var count: Int { range.count }

    /// All of it, or an error when it is longer than `maximumBytes`.
    public func collect(upTo maximumBytes: Int) async throws(ObjectError) -> [UInt8] {
        guard count <= maximumBytes else { throw .tooLarge(limit: maximumBytes) }
        return try await inObjectErrors {
            var whole: [UInt8] = []
            // A length is a claim until the bytes are here.
            whole.reserveCapacity(Swift.min(count, 1 << 20))
            for try await block in self { whole.append(contentsOf: block) }
            return whole
        }
    }

    public func makeAsyncIterator() -> Iterator { Iterator(Reading(self)) }

    public struct Iterator: AsyncIteratorProtocol {
        private let reading: Reading

        init(_ reading: Reading) {
            self.reading = reading
        }

        public mutating func next() async throws -> [UInt8]? { try await reading.next() }
    }

    /// One pass over the body: where it is, and the hash so far.
    final class Reading {
        private static let blockBytes = 256 * 1024

        private let body: ObjectBody
        private var response: ClientResponseBody.Iterator?
        private var offset: Int
        private var hash: SHA256?

        init(_ body: ObjectBody) {
            self.body = body
            offset = body.range.lowerBound
            if case .response(let source) = body.source { response = source.makeAsyncIterator() }
            hash = body.checksum == nil ? nil : SHA256()
        }

        func next() async throws(ObjectError) -> [UInt8]? {
            guard let block = try await nextBlock(), !block.isEmpty else {
                guard offset == body.range.upperBound else { throw .connectionLost }
                guard let hash = hash.take() else { return nil }
                if hash.finish() != body.checksum { throw .checksumMismatch }
                return nil
            }
            offset += block.count
            guard offset <= body.range.upperBound else { throw .malformedAnswer("more bytes than were announced") }
            hash?.update(block)
            return block
        }

        private func nextBlock() async throws(ObjectError) -> [UInt8]? {
            switch body.source {
            case .response:
                // An empty block is no end.
                while true {
                    let block = try await inObjectErrors { try await response?.next() }
                    guard let block else { return nil }
                    if !block.isEmpty { return block }
                }
            case .file(let file, let blocking):
                let (start, count) = (offset, Swift.min(Self.blockBytes, body.range.upperBound - offset))
                guard count > 0 else { return nil }
                return try await inObjectErrors { try await blocking.run { try file.read(at: start, count) } }
            }
        }
    }
}

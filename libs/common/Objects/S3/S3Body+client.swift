import HTTP
import Loop

extension S3Body {
    private static let blockBytes = 512 * 1024

    /// As the client sends it: files and streams block by block, the next block of a file read while one is sent.
    func clientBody(_ blocking: BlockingPool) -> ClientBody {
        switch self {
        case .empty: .empty
        case .bytes(let bytes): .bytes(bytes)
        case .stream(let length, let produce):
            .written(length: length) { writer in
                let last = LastBlock(length: length)
                try await produce { block in
                    if let ready = try last.replace(by: block) { try await writer.write(ready) }
                }
                try await writer.write(last.block)
            }
        case .file(let file, let range):
            .written(length: range.count) { writer in
                @Sendable func block(at offset: Int) async throws -> [UInt8] {
                    let count = min(Self.blockBytes, range.upperBound - offset)
                    guard count > 0 else { return [] }
                    return try await blocking.run { try file.read(at: offset, count) }
                }
                var offset = range.lowerBound
                var current = try await block(at: offset)
                while !current.isEmpty {
                    offset += current.count
                    let following = offset
                    async let next = block(at: following)
                    try await writer.write(current)
                    current = try await next
                }
            }
        }
    }
}

/// Keeps the latest block of a stream back until it is known that the stream does not go on beyond its length: once the
/// whole length is there, the store has an object and answers.
///
/// Unchecked because one task alone uses it, a block at a time.
private final class LastBlock: @unchecked Sendable {
    private let length: Int
    private var count = 0
    private(set) var block: [UInt8] = []

    init(length: Int) {
        self.length = length
    }

    /// Answers the block that was kept until now, if it holds anything.
    func replace(by next: [UInt8]) throws -> [UInt8]? {
        count += next.count
        guard count <= length else { throw BodyLengthMismatch(declared: length, sent: count) }
        defer { block = next }
        return block.isEmpty ? nil : block
    }
}

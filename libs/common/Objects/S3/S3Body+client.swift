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
            .written(length: length) { writer in try await produce { try await writer.write($0) } }
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

import Glibc
import Loop

/// What is to go out of one answer's body, taken piece by piece as the client has room.
struct HTTP2Output {
    enum Piece {
        /// Nothing yet; there will be more.
        case none
        case bytes(Int, isLast: Bool)
        case failed
    }

    private enum Content {
        case bytes([UInt8], start: Int)
        case file(FileBody, taken: Int)
    }

    private var content = Content.bytes([], start: 0)
    /// Nothing follows what is here.
    private var isFinal = false
    private(set) var taken = 0

    init() {}

    init(_ bytes: [UInt8]) {
        content = .bytes(bytes, start: 0)
        isFinal = true
    }

    init(_ file: FileBody) {
        content = .file(file, taken: 0)
        isFinal = true
    }

    var isEmpty: Bool {
        switch content {
        case .bytes(let bytes, let start): start == bytes.count
        case .file(let file, let taken): taken == file.count
        }
    }

    /// The next block of a streamed body, the last one having been taken.
    mutating func put(_ bytes: [UInt8]) {
        content = .bytes(bytes, start: 0)
    }

    mutating func finish() {
        isFinal = true
    }

    mutating func take(into buffer: UnsafeMutableRawBufferPointer) -> Piece {
        let count: Int
        switch content {
        case .bytes(let bytes, let start):
            count = min(buffer.count, bytes.count - start)
            bytes.withUnsafeBytes {
                buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[start..<start + count]))
            }
            // Let go of before it is set anew, so that it is not copied.
            content = start + count == bytes.count ? .bytes([], start: 0) : .bytes(bytes, start: start + count)
        case .file(let file, let done):
            let read = Self.read(file, from: done, into: buffer)
            // The file shrank under us; the declared length cannot be kept.
            guard let read, read > 0 || file.count == 0 else { return .failed }
            count = read
            content = .file(file, taken: done + count)
        }
        taken += count
        let isLast = isFinal && isEmpty
        return count == 0 && !isLast ? .none : .bytes(count, isLast: isLast)
    }

    private static func read(_ file: FileBody, from done: Int, into buffer: UnsafeMutableRawBufferPointer) -> Int? {
        let wanted = min(buffer.count, file.count - done)
        while true {
            let count = pread(file.descriptor, buffer.baseAddress, wanted, off_t(file.offset) + off_t(done))
            if count >= 0 { return count }
            guard errno == EINTR else { return nil }
        }
    }
}

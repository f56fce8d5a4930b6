import Loop

/// Looks at a client's frames before they are read, and tells when they are a flood: heads without end, requests given up
/// by the hundred, frames that only make work.
///
/// Pure: bytes in, a verdict out, the same for any split of the input.
struct FrameWatch {
    enum Flood: String {
        case head = "a head that does not end"
        case resets = "too many requests given up or refused"
        case idleFrames = "too many frames that carry nothing"
    }

    private enum Kind {
        static let data: UInt8 = 0
        static let headers: UInt8 = 1
        static let reset: UInt8 = 3
        static let continuation: UInt8 = 9
    }

    private static let endStream: UInt8 = 1
    private static let endHeaders: UInt8 = 4
    private static let frameHeadBytes = 9
    static let prefaceBytes = 24

    /// A piece of a body below this is counted as one that carries nothing; many of them only make work.
    private static let smallPieceBytes = 64
    /// The frames that one request, or one frame of an answer, may call for: a priority, updates of two windows.
    private static let framesEarned = 2
    private static let mostEarned = 4096

    private let headBytes: Int
    private let continuationFrames: Int
    private let resetRate: TokenBucket.Rate
    private let idleFrameRate: TokenBucket.Rate
    private var resets = TokenBucket()
    private var idleFrames = TokenBucket()
    private var earned = 0

    /// The frame head that has come so far, as a number, and how many of its bytes.
    private var frameHead: (high: UInt64, low: UInt8) = (0, 0)
    private var frameHeadCount = 0
    /// What is still to come of the preface or of the present frame.
    private var left = FrameWatch.prefaceBytes
    private var blockFrames = 0
    private var blockBytes = 0
    private var isInBlock = false
    private var isInHeaders = false
    /// Counts the heads that have begun.
    private(set) var heads = 0

    /// `headBytes` is the most that one encoded head may take.
    init(_ limits: HTTP2Limits, headBytes: Int) {
        self.headBytes = headBytes
        continuationFrames = limits.continuationFrames
        resetRate = TokenBucket.Rate(
            max(1, limits.resetsPerSecond), per: .seconds(1), burst: max(1, limits.resetBurst))
        idleFrameRate = TokenBucket.Rate(
            max(1, limits.idleFramesPerSecond), per: .seconds(1), burst: max(1, limits.idleFrameBurst))
    }

    /// Whether a head has begun and not ended; there is a limit to how long that may take.
    var isMidHead: Bool { isInBlock || isInHeaders && left > 0 }

    mutating func look(at bytes: UnsafeRawBufferPointer, now: Deadline) -> Flood? {
        var index = 0
        while index < bytes.count {
            if left > 0 {
                let passed = min(left, bytes.count - index)
                left -= passed
                index += passed
                continue
            }
            while frameHeadCount < Self.frameHeadBytes, index < bytes.count {
                if frameHeadCount < 8 {
                    frameHead.high = frameHead.high << 8 | UInt64(bytes[index])
                } else {
                    frameHead.low = bytes[index]
                }
                frameHeadCount += 1
                index += 1
            }
            guard frameHeadCount == Self.frameHeadBytes else { return nil }
            let head = frameHead.high
            frameHead = (0, 0)
            frameHeadCount = 0
            left = Int(head >> 40)
            let flood = begin(
                UInt8(truncatingIfNeeded: head >> 32), flags: UInt8(truncatingIfNeeded: head >> 24), length: left, now)
            if let flood { return flood }
        }
        return nil
    }

    private mutating func begin(_ kind: UInt8, flags: UInt8, length: Int, _ now: Deadline) -> Flood? {
        isInHeaders = kind == Kind.headers || kind == Kind.continuation
        switch kind {
        case Kind.headers:
            heads &+= 1
            isInBlock = flags & Self.endHeaders == 0
            blockFrames = 0
            blockBytes = length
            earn()
            return nil
        case Kind.continuation:
            isInBlock = flags & Self.endHeaders == 0
            blockFrames += 1
            blockBytes += length
            return blockFrames > continuationFrames || blockBytes > headBytes ? .head : nil
        case Kind.data where length >= Self.smallPieceBytes || flags & Self.endStream != 0: return nil
        case Kind.reset: return reset(now)
        default:
            guard earned == 0 else {
                earned -= 1
                return nil
            }
            return idleFrames.take(idleFrameRate, at: now) == .allowed ? nil : .idleFrames
        }
    }

    /// One request more was given up by the client, or by us for what was wrong with it.
    mutating func reset(_ now: Deadline) -> Flood? {
        resets.take(resetRate, at: now) == .allowed ? nil : .resets
    }

    /// A frame of an answer went out, or a request came in: the client may have reason to send some that carry nothing.
    mutating func earn() {
        earned = min(earned + Self.framesEarned, Self.mostEarned)
    }
}

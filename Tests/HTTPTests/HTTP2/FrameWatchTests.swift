import Loop
import Testing

@testable import HTTP

@Suite("The watch over frames")
struct FrameWatchTests {
    private static let preface = latin1("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
    private static let limits: HTTP2Limits = {
        var limits = HTTP2Limits()
        limits.continuationFrames = 3
        limits.resetBurst = 10
        limits.idleFrameBurst = 20
        return limits
    }()

    static func frame(_ kind: UInt8, flags: UInt8 = 0, stream: UInt8 = 1, length: Int = 0) -> [UInt8] {
        [UInt8(length >> 16), UInt8(length >> 8 & 0xff), UInt8(length & 0xff), kind, flags, 0, 0, 0, stream]
            + [UInt8](repeating: 0xff, count: length)
    }

    private func verdict(_ bytes: [UInt8], pieces: Int, at now: Deadline = Deadline(nanoseconds: 1)) -> FrameWatch
        .Flood?
    {
        var watch = FrameWatch(Self.limits, headBytes: 1000)
        for start in stride(from: 0, to: bytes.count, by: pieces) {
            let piece = Array(bytes[start..<min(start + pieces, bytes.count)])
            if let flood = piece.withUnsafeBytes({ watch.look(at: $0, now: now) }) { return flood }
        }
        return nil
    }

    @Test(
        "tells a flood from what requests call for, however the bytes are cut",
        arguments: [
            ("nothing but the preface", [], nil),
            (
                "a request and its body", frame(1, flags: 4, length: 50) + frame(0, length: 100) + frame(0, flags: 1),
                nil
            ),
            ("a head in four frames", frame(1) + frame(9) + frame(9) + frame(9, flags: 4), nil),
            ("a head in five frames", frame(1) + frame(9) + frame(9) + frame(9) + frame(9, flags: 4), .head),
            ("a long head", frame(1, length: 600) + frame(9, flags: 4, length: 500), .head),
            ("heads one behind the other", Array((0..<9).map { _ in frame(1) + frame(9, flags: 4) }.joined()), nil),
            ("ten resets", many(3, 10), nil), ("eleven resets", many(3, 11), .resets),
            ("twenty pings", many(6, 20), nil), ("twenty-one pings", many(6, 21), .idleFrames),
            ("settings", many(4, 21), .idleFrames), ("priorities", many(2, 21), .idleFrames),
            ("updates of windows", many(8, 21), .idleFrames),
            ("frames of an unknown kind", many(0xf0, 21), .idleFrames),
            ("empty pieces of a body", many(0, 21), .idleFrames),
            ("pieces of a body of some size", Array((0..<30).map { _ in frame(0, length: 64) }.joined()), nil),
            (
                "requests with two other frames each",
                Array((0..<50).map { _ in frame(1, flags: 5) + frame(8) + frame(16) }.joined()), nil
            ),
            (
                "requests with three other frames each",
                Array((0..<50).map { _ in frame(1, flags: 5) + frame(8) + frame(16) + frame(6) }.joined()), .idleFrames
            ),
        ] as [(String, [UInt8], FrameWatch.Flood?)])
    func floods(name: String, frames: [UInt8], expected: FrameWatch.Flood?) {
        let bytes = Self.preface + frames
        for pieces in [bytes.count, 1, 2, 7, 9, 13] {
            #expect(verdict(bytes, pieces: pieces) == expected, "\(name), in pieces of \(pieces)")
        }
    }

    private static func many(_ kind: UInt8, _ count: Int) -> [UInt8] {
        Array((0..<count).map { _ in frame(kind) }.joined())
    }

    @Test("knows whether a head is under way")
    func midHead() {
        var watch = FrameWatch(Self.limits, headBytes: 1000)
        func look(_ bytes: [UInt8]) -> Bool {
            _ = bytes.withUnsafeBytes { watch.look(at: $0, now: .now) }
            return watch.isMidHead
        }
        #expect(!look(Self.preface))
        #expect(!look(Array(Self.frame(1).dropLast())))
        #expect(look([1]))
        #expect(look(Self.frame(9)))
        #expect(!look(Self.frame(9, flags: 4)))
        #expect(look(Array(Self.frame(1, flags: 4, length: 10).dropLast())))
        #expect(!look([0]))
        #expect(!look(Self.frame(0, length: 5)))
        #expect(watch.heads == 2)
    }

    @Test("forgives with time")
    func time() {
        var watch = FrameWatch(Self.limits, headBytes: 1000)
        var now = Deadline(nanoseconds: 1)
        for _ in 0..<10 { #expect(watch.reset(now) == nil) }
        #expect(watch.reset(now) == .resets)
        now = now + Nanoseconds(.milliseconds(20))
        #expect(watch.reset(now) == nil)
        #expect(watch.reset(now) == .resets)
    }
}

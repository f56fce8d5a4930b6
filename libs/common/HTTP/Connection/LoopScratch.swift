import Glibc
import Loop

/// What the connections of one loop share, since only one of them runs at a time: buffers and the formatted date.
final class LoopScratch {
    static let inputBytes = 64 * 1024

    let input = UnsafeMutableRawBufferPointer.allocate(byteCount: LoopScratch.inputBytes, alignment: 64)
    let output = OutputBuffer()
    private(set) lazy var fields = HTTP2FieldBlock()
    private var dateLine: [UInt8] = []
    private var dateExpires = Deadline(nanoseconds: 0)

    deinit {
        input.deallocate()
    }

    static func of(_ loop: EventLoop) -> LoopScratch {
        loop.attachment(LoopScratch.self) { LoopScratch() }
    }

    /// `date: ...\r\n`, formatted at most every quarter of a second.
    func appendDate(now: Deadline, to output: OutputBuffer) {
        if now >= dateExpires {
            let seconds = time(nil)
            dateLine = Array("date: \(HTTPDate.format(seconds))\r\n".utf8)
            dateExpires = now + .milliseconds(250)
        }
        output.append(dateLine)
    }
}

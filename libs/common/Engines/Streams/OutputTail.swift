/// The last lines of an output, within a number of lines and of bytes.
struct OutputTail {
    let maximumLines: Int
    let maximumBytes: Int
    private var lines: [[UInt8]] = []
    private var first = 0
    private var bytes = 0

    init(maximumLines: Int, maximumBytes: Int) {
        self.maximumLines = maximumLines
        self.maximumBytes = maximumBytes
    }

    mutating func append(_ line: EngineLine) {
        guard maximumLines > 0, maximumBytes > 0 else { return }
        lines.append(Array(line.bytes.suffix(maximumBytes)))
        bytes += lines[lines.count - 1].count + 1
        while lines.count - first > maximumLines || (bytes > maximumBytes + 1 && lines.count - first > 1) {
            bytes -= lines[first].count + 1
            lines[first] = []
            first += 1
        }
        if first > 64 {
            lines.removeFirst(first)
            first = 0
        }
    }

    var text: String {
        lines[first...].map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\n")
    }
}

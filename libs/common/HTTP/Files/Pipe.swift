import CLinux
import Glibc

/// A pipe through which bytes go from a socket to a file within the kernel. Small ones are not worth it.
final class Pipe: Sendable {
    /// Bodies from this length on go through a pipe.
    static let leastBytes = 256 * 1024
    private static let wantedSize: Int32 = 1 << 20

    let input: Int32
    let output: Int32
    let size: Int

    /// Nil when this process may not open any more files.
    init?() {
        var ends: [Int32] = [-1, -1]
        let size = clinux_pipe(&ends, Self.wantedSize)
        guard size > 0 else { return nil }
        output = ends[0]
        input = ends[1]
        self.size = Int(size)
    }

    deinit {
        close(input)
        close(output)
    }

    /// Moves `count` bytes that are in the pipe to a file. Blocks as writing to the file does.
    func drain(_ count: Int, to file: Int32) throws(FileWriteError) {
        let failure = clinux_drain_pipe(output, file, count)
        if failure != 0 { throw FileWriteError(code: failure) }
    }
}

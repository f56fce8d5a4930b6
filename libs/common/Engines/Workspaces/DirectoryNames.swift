import CLinux
import Glibc

/// The names in an open folder, without `.` and `..`; takes the descriptor over.
struct DirectoryNames: Sequence, IteratorProtocol {
    private final class Stream {
        let pointer: OpaquePointer

        init(_ pointer: OpaquePointer) {
            self.pointer = pointer
        }

        deinit {
            closedir(pointer)
        }
    }

    private let stream: Stream

    init?(_ descriptor: Int32) {
        guard let pointer = fdopendir(descriptor) else {
            close(descriptor)
            return nil
        }
        stream = Stream(pointer)
    }

    init?(_ path: String) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        self.init(descriptor)
    }

    /// As C has it: a name need not be UTF-8.
    mutating func next() -> [CChar]? {
        while let entry = readdir(stream.pointer) {
            let name = clinux_entry_name(entry)
            let dot = CChar(UInt8(ascii: "."))
            if name[0] == dot, name[1] == 0 || (name[1] == dot && name[2] == 0) { continue }
            return Array(UnsafeBufferPointer(start: name, count: strlen(name) + 1))
        }
        return nil
    }
}

import CLinux
import Glibc
import Synchronization

/// A private folder that is removed with everything in it.
public final class ThrowAwayDirectory: Sendable {
    public let path: String

    public struct CannotCreate: Error {}

    public init(prefix: String = "pentad-test") throws {
        let root = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(root)/\(prefix)-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw CannotCreate() }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    public func remove() {
        Self.removeTree(path)
    }

    /// Links are removed, never followed.
    private static func removeTree(_ path: String) {
        if let folder = opendir(path) {
            while let entry = readdir(folder) {
                let name = String(cString: clinux_entry_name(entry))
                if name == "." || name == ".." { continue }
                let isFolder = entry.pointee.d_type == 4
                if isFolder { removeTree("\(path)/\(name)") } else { unlink("\(path)/\(name)") }
            }
            closedir(folder)
        }
        rmdir(path)
    }
}

import CLinux
import Glibc
import HTTP

/// What a handler saw of a form's field.
struct SeenField: Codable, Equatable, Sendable {
    var name: String
    var filename: String?
    var type: String?
    var count: Int
    /// Of a field that is in memory.
    var text: String?
    /// Of a field that is in a file: who may open it, and how many names it has.
    var mode: UInt32?
    var links: Int?
}

extension SeenField {
    init(_ field: MultipartForm.Field) {
        self.init(
            name: field.name, filename: field.filename, type: field.contentType?.description, count: field.count,
            text: field.text)
        guard case .file(let file, _) = field.content else { return }
        var status = stat()
        fstat(file.descriptor, &status)
        mode = status.st_mode & 0o777
        links = Int(status.st_nlink)
    }
}

func names(in folder: String) -> [String] {
    guard let entries = opendir(folder) else { return [] }
    defer { closedir(entries) }
    var names: [String] = []
    while let entry = readdir(entries) {
        names.append(String(cString: clinux_entry_name(entry)))
    }
    return names.filter { $0 != "." && $0 != ".." }
}

/// How many files of a folder this process has open, also those without a name.
func openFiles(in folder: String) -> Int {
    names(in: "/proc/self/fd").count { name in
        var target = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/fd/\(name)", &target, target.count)
        guard count > 0 else { return false }
        return String(decoding: target[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self).hasPrefix(folder + "/")
    }
}

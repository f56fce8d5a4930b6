import Glibc

/// What the kernel says of every open descriptor of this process.
func descriptorDetails() -> [String] {
    names(in: "/proc/self/fdinfo").compactMap { contents(of: "/proc/self/fdinfo/\($0)") }
}

/// The names of this process's threads.
func threadNames() -> [String] {
    names(in: "/proc/self/task").compactMap { contents(of: "/proc/self/task/\($0)/comm") }.map { String($0.dropLast()) }
}

private func names(in directory: String) -> [String] {
    guard let listing = opendir(directory) else { return [] }
    defer { closedir(listing) }
    var names: [String] = []
    while let entry = readdir(listing) {
        // Read where it lies: an entry is shorter than its type says.
        guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { return names }
        let name = String(cString: UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: CChar.self))
        if !name.hasPrefix(".") { names.append(name) }
    }
    return names
}

/// The beginning of a file; nil when it is not there, or no longer.
func contents(of path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = read(descriptor, &bytes, bytes.count)
    return count < 0 ? nil : String(decoding: bytes[..<count], as: UTF8.self)
}

import Glibc

/// Finds a program as `execvp` does, but never hands a file without a known format to a shell.
enum ProgramSearch {
    static func find(_ name: String, searchPath: String, from directory: String) throws(EngineError) -> String {
        guard !name.isEmpty else { throw .couldNotStart(.programNotFound(name)) }
        if name.contains("/") {
            try check(name.hasPrefix("/") ? name : "\(directory)/\(name)", name)
            return name
        }
        var isThere = false
        for folder in searchPath.split(separator: ":") where folder.hasPrefix("/") {
            let path = "\(folder)/\(name)"
            if isProgram(path) { return path }
            isThere = isThere || access(path, F_OK) == 0
        }
        throw .couldNotStart(isThere ? .notExecutable(name) : .programNotFound(name))
    }

    static func isProgram(_ path: String) -> Bool {
        var found = stat()
        return stat(path, &found) == 0 && found.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }

    private static func check(_ path: String, _ name: String) throws(EngineError) {
        if isProgram(path) { return }
        throw .couldNotStart(access(path, F_OK) == 0 ? .notExecutable(name) : .programNotFound(name))
    }
}

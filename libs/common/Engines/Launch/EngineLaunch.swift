/// Everything a start needs, worked out from a command and the settings.
struct EngineLaunch {
    let guardPath: String
    /// What the guard is called with.
    let words: [String]
    let environment: [String]

    init(_ command: EngineCommand, _ settings: EngineSettings, guardPath: String) throws(EngineError) {
        self.guardPath = guardPath
        let searchPath = command.environment["PATH"] ?? settings.environment["PATH"] ?? settings.searchPath
        let program = settings.launcher.words + [command.program] + command.arguments
        for word in program where word.utf8.contains(0) { throw .couldNotStart(.malformed(word)) }
        let directory = command.directory ?? command.workspace.path
        let path = try ProgramSearch.find(program[0], searchPath: searchPath, from: directory)
        let limits = command.limits ?? settings.limits
        var words = ["engine-guard", "directory=\(directory)"]
        words.append("grace=\(settings.grace.wholeMilliseconds)")
        words.append("orphan-grace=\(settings.orphanGrace.wholeMilliseconds)")
        words += limits.guardOptions
        self.words = words + ["--", path] + program

        var variables = [
            "PATH": searchPath, "HOME": command.workspace.path, "TMPDIR": command.workspace.path, "LANG": "C.UTF-8",
        ]
        variables.merge(settings.environment) { $1 }
        variables.merge(command.environment) { $1 }
        for (name, value) in variables
        where name.isEmpty || name.contains("=") || name.utf8.contains(0) || value.utf8.contains(0) {
            throw .couldNotStart(.malformed(name))
        }
        environment = variables.map { "\($0)=\($1)" }.sorted()
    }
}

extension EngineLimits {
    var guardOptions: [String] {
        var options: [String] = []
        func add(_ name: String, _ value: Int?) {
            if let value { options.append("\(name)=\(max(0, value))") }
        }
        add("data", dataBytes)
        add("address-space", addressSpaceBytes)
        add("cpu", cpuTime.map { max(1, ($0.wholeMilliseconds + 999) / 1000) })
        add("file-size", fileBytes)
        add("processes", processes)
        add("files", openFiles)
        return options
    }
}

extension Duration {
    /// At most an hour where it goes to the guard as a grace; never negative.
    var wholeMilliseconds: Int {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        return Int(min(seconds, 1 << 40)) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
    }
}

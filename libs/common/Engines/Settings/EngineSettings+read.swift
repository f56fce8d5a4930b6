import Configuration

extension EngineSettings {
    /// The settings of a service that runs foreign programs.
    public init(_ settings: inout SettingsReader) {
        self.init()
        guardPath = settings.optional(
            "ENGINE_GUARD", .path, "the engine-guard executable; without it the one beside the service's own")
        workspaces = settings.value(
            "ENGINE_WORKSPACES", .path, default: workspaces,
            "the folder for the private folders of runs; on a local disk, the service's own")
        launcher = settings.value(
            "ENGINE_LAUNCHER", .launcher, default: .none,
            "what stands before every engine's command, such as srun --gres=gpu:1")
        searchPath = settings.value(
            "ENGINE_SEARCH_PATH", .string, default: searchPath, "where engines are looked for, as in PATH")
        maximumRunning = settings.value(
            "ENGINE_MAX_RUNNING", .int(1...1000), default: maximumRunning, "programs that may run at once")
        // Beyond four seconds a cancelled job would not have stopped within five.
        grace = settings.value(
            "ENGINE_GRACE", .duration(.zero ... .seconds(4)), default: grace,
            "how long a program that is told to end may take before it is killed")
        orphanGrace = settings.value(
            "ENGINE_ORPHAN_GRACE", .duration(.zero ... .seconds(10)), default: orphanGrace,
            "the same when the service itself has died")
        limits = EngineLimits(&settings)
    }
}

extension EngineLimits {
    init(_ settings: inout SettingsReader) {
        self.init()
        dataBytes = settings.optional(
            "ENGINE_MEMORY", .bytes((16 << 20)...(1 << 44)), "memory that each process of an engine may take")
        cpuTime = settings.optional(
            "ENGINE_CPU_TIME", .duration(.seconds(1) ... .seconds(30 * 86_400)),
            "processor time that each process of an engine may take")
        wallTime = settings.value(
            "ENGINE_WALL_TIME", .duration(.seconds(1) ... .seconds(30 * 86_400)), default: .seconds(86_400),
            "how long one run of an engine may take")
        fileBytes = settings.value(
            "ENGINE_FILE_SIZE", .bytes((1 << 20)...(1 << 44)), default: 64 << 30, "the largest file an engine may write"
        )
        openFiles = settings.value(
            "ENGINE_OPEN_FILES", .int(16...1_048_576), default: 4096, "files that a process of an engine may have open")
        lineBytes = settings.value(
            "ENGINE_LINE_BYTES", .bytes(256...(16 << 20)), default: lineBytes,
            "the longest line of an engine's output; longer ones are cut")
    }
}

extension SettingKind where Value == EngineLauncher {
    package static var launcher: SettingKind {
        SettingKind(
            expectation: "a command with its options; words with spaces stand in quotes",
            placeholder: .none,
            parse: { try? EngineLauncher(parsing: $0) },
            text: { $0.words.map(quoted).joined(separator: " ") })
    }
}

/// As a launcher's text is read.
private func quoted(_ word: String) -> String {
    let isPlain = word.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
            || "-_=:,./+@%".utf8.contains(byte)
    }
    return isPlain && !word.isEmpty ? word : "'" + word.replacing("'", with: #"'\''"#) + "'"
}

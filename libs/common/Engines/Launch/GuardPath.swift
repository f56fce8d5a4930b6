enum GuardPath {
    /// The setting, or the guard beside this process's executable.
    static func find(_ setting: String?) throws(EngineError) -> String {
        let path = setting ?? besideExecutable
        guard ProgramSearch.isProgram(path) else { throw .couldNotStart(.noGuard(path)) }
        return path
    }

    private static var besideExecutable: String {
        let executable = String(decoding: linkTarget("/proc/self/exe"), as: UTF8.self)
        return (executable.lastIndex(of: "/").map { String(executable[...$0]) } ?? "/") + "engine-guard"
    }
}

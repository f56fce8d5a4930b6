import Glibc

/// Runs programs without root's rights, to which nothing is closed.
public enum OrdinaryUser {
    public static let id: uid_t = getuid() == 0 ? 65534 : getuid()

    /// Copies programs into a folder that it gives to the user, since those of a build may lie where only root can go.
    public static func own(_ folder: ThrowAwayDirectory, programs: [String]) async throws -> [String] {
        var copies: [String] = []
        for program in programs {
            let copy = "\(folder.path)/\(program.split(separator: "/").last ?? "program")"
            let ended = try await TestProcess.run("cp", [program, copy])
            guard ended.status == 0 else { throw TestProcess.Failed(description: ended.output) }
            copies.append(copy)
        }
        guard getuid() != 0 || chown(folder.path, id, id) == 0 else {
            throw TestProcess.Failed(description: "chown: \(errno)")
        }
        return copies
    }

    public static func start(
        _ program: String, _ arguments: [String] = [], environment: [String: String] = [:]
    ) throws -> TestProcess {
        guard getuid() == 0 else { return try TestProcess(program, arguments, environment: environment) }
        let words = ["--reuid=\(id)", "--regid=\(id)", "--clear-groups", "--", program] + arguments
        return try TestProcess("setpriv", words, environment: environment)
    }
}

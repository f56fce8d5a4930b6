import CLinux
import Glibc
import Loop

/// Ends what was left by a guard that was killed: processes that have the workspace's path, which is random, in their
/// environment, or stand in it.
enum LeftoverProcesses {
    private static let patience = Duration.seconds(5)
    /// A guard that lost its service ends more than can be told from outside, so it gets the time to do so.
    private static let patienceWithGuards = Duration.seconds(2)
    private static let guardName = Array("engine-guard\n".utf8)
    private static let environmentBytes = 1 << 20

    /// Answers how many were ended. Blocks until they are gone, for some seconds at most.
    static func end(of workspace: String) -> Int {
        let deadline = Deadline.after(patience)
        let guardDeadline = Deadline.after(patienceWithGuards)
        let mark = Array(workspace.utf8)
        var ended: Set<pid_t> = []
        while true {
            let sparesGuards = Deadline.now < guardDeadline
            let found = processes().filter { end($0, marked: mark, sparesGuards: sparesGuards) }
            ended.formUnion(found)
            if found.isEmpty || Deadline.now > deadline { return ended.count }
            usleep(5_000)
        }
    }

    private static func processes() -> [pid_t] {
        guard let names = DirectoryNames("/proc") else { return [] }
        let ourselves = getpid()
        return names.compactMap { name in
            name.withUnsafeBufferPointer { pid_t(String(cString: $0.baseAddress!)) }
        }.filter { $0 > 1 && $0 != ourselves }
    }

    /// Whether the process was there.
    private static func end(_ pid: pid_t, marked mark: [UInt8], sparesGuards: Bool) -> Bool {
        guard isMarked(pid, mark) else { return false }
        // Pinned before the look that counts: the number may have passed to another process.
        let pinned = clinux_pidfd_open(pid)
        guard pinned >= 0 else { return false }
        defer { close(pinned) }
        guard isMarked(pid, mark) else { return false }
        if sparesGuards, isGuard(pid) { return true }
        return clinux_pidfd_signal(pinned, SIGKILL) == 0
    }

    private static func isMarked(_ pid: pid_t, _ mark: [UInt8]) -> Bool {
        if linkTarget("/proc/\(pid)/cwd").starts(with: mark) { return true }
        if contents(of: "/proc/\(pid)/environ").contains(mark) { return true }
        // A guard hides its environment, and not what it was called with.
        return isGuard(pid) && contents(of: "/proc/\(pid)/cmdline").contains(mark)
    }

    private static func isGuard(_ pid: pid_t) -> Bool { contents(of: "/proc/\(pid)/comm") == guardName }

    private static func contents(of path: String) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return [] }
        defer { close(file) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 16 << 10)
        while bytes.count < environmentBytes {
            let count = read(file, &block, block.count)
            guard count > 0 else { break }
            bytes.append(contentsOf: block[..<count])
        }
        return bytes
    }
}

import CLinux
import Glibc

/// A guard that was started, and our ends of its pipes. Whoever takes it closes them.
struct SpawnedGuard: Sendable {
    let pid: pid_t
    /// Pins the process for signals.
    let pidDescriptor: Int32
    let lifeline: Int32
    let report: Int32
    /// Below 0 when the program reads `/dev/null`.
    let input: Int32
    let output: Int32
    let errors: Int32

    /// Blocks until the guard's program image is there, about a millisecond.
    static func spawn(_ launch: EngineLaunch, input: EngineCommand.Input) throws(EngineError) -> SpawnedGuard {
        var ends = PipeEnds()
        defer { ends.closeRest() }
        let nothing = input == .none ? ends.openNothing() : -1
        let stdin = input == .pipe ? try ends.makePipe(weRead: false) : (ours: -1, theirs: nothing)
        guard stdin.theirs >= 0 else { throw .couldNotStart(.system(operation: "open", code: errno)) }
        let stdout = try ends.makePipe(weRead: true)
        let stderr = try ends.makePipe(weRead: true)
        let lifeline = try ends.makePipe(weRead: false)
        let report = try ends.makePipe(weRead: true)

        let argv = launch.words.map { strdup($0) } + [nil]
        let envp = launch.environment.map { strdup($0) } + [nil]
        defer { for text in argv + envp { free(text) } }
        var pid = pid_t()
        let theirs = [stdin.theirs, stdout.theirs, stderr.theirs, lifeline.theirs, report.theirs]
        let failure = clinux_spawn(&pid, launch.guardPath, argv, envp, theirs, Int32(theirs.count))
        guard failure == 0 else { throw .couldNotStart(.system(operation: "posix_spawn", code: failure)) }
        let pidDescriptor = clinux_pidfd_open(pid)
        guard pidDescriptor >= 0 else {
            let code = errno
            // Not reaped yet, so the number is still this child's. Its program goes with it.
            kill(pid, SIGKILL)
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
            throw .couldNotStart(.system(operation: "pidfd_open", code: code))
        }
        let ours = [stdin.ours, stdout.ours, stderr.ours, lifeline.ours, report.ours]
        ends.keep(ours)
        return SpawnedGuard(
            pid: pid, pidDescriptor: pidDescriptor, lifeline: lifeline.ours, report: report.ours, input: stdin.ours,
            output: stdout.ours, errors: stderr.ours)
    }
}

/// The descriptors of a start; those that are not kept are closed, however it goes.
private struct PipeEnds {
    private var open: Set<Int32> = []

    mutating func makePipe(weRead: Bool) throws(EngineError) -> (ours: Int32, theirs: Int32) {
        var ends: [Int32] = [-1, -1]
        let ours = weRead ? 0 : 1
        let result = clinux_pipe_to_child(&ends, Int32(ours))
        let code = errno
        open.formUnion(ends.filter { $0 >= 0 })
        guard result == 0 else { throw .couldNotStart(.system(operation: "pipe2", code: code)) }
        return (ends[ours], ends[1 - ours])
    }

    mutating func openNothing() -> Int32 {
        let nothing = Glibc.open("/dev/null", O_RDONLY | O_CLOEXEC)
        if nothing >= 0 { open.insert(nothing) }
        return nothing
    }

    mutating func keep(_ descriptors: [Int32]) {
        open.subtract(descriptors)
    }

    mutating func closeRest() {
        for descriptor in open { close(descriptor) }
        open = []
    }
}

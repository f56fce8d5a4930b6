/// Why a run of an engine did not succeed. `tail` holds the last lines of the program's standard error.
public enum EngineError: Error, Sendable, Equatable {
    public enum StartFailure: Sendable, Equatable {
        case programNotFound(String)
        case notExecutable(String)
        /// `engine-guard` is not where it should be.
        case noGuard(String)
        case tooManyRunning(limit: Int)
        /// An argument or a variable that no program can be given, because it holds a zero byte.
        case malformed(String)
        case system(operation: String, code: Int32)
    }

    case couldNotStart(StartFailure)
    case exited(code: Int32, tail: String)
    case signalled(Int32, tail: String)
    case timedOut(after: Duration, tail: String)
    case cpuTimeExceeded(tail: String)
    /// Told from the kernel's count of processes that it killed for memory, or from what the program wrote.
    case outOfMemory(tail: String)
    case fileTooLarge(tail: String)
    case outputTooLarge(limit: Int)
    case cancelled
    /// The program reads no more of its input.
    case inputClosed
    /// A worker wrote a line that is not what the two agreed upon.
    case badMessage(String)
    /// The guard was killed, and the program with it: how it would have ended is not known.
    case lost
}

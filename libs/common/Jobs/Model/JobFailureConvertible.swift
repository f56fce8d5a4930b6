import Engines
import Objects

/// An error that knows how a job fails by it; what a handler lets through need not be caught and translated there.
public protocol JobFailureConvertible: Error {
    var jobFailure: JobFailure { get }
}

/// What the program wrote is for the log and not for the job's owner: it speaks of paths and machines.
extension EngineError: JobFailureConvertible {
    public var jobFailure: JobFailure {
        switch self {
        case .couldNotStart(.tooManyRunning):
            .retryable(code: "engine_busy", message: "too many programs are running")
        case .couldNotStart(.malformed):
            .permanent(code: "engine_arguments", message: "the program cannot be given such arguments")
        case .couldNotStart: .retryable(code: "engine_unavailable", message: "the program could not be started")
        case .exited(let code, _):
            .retryable(code: "engine_failed", message: "the program ended with status \(code)")
        case .signalled(let signal, _):
            .retryable(code: "engine_killed", message: "the program was ended by signal \(signal)")
        case .timedOut: .retryable(code: "engine_timed_out", message: "the program took longer than it may")
        case .cpuTimeExceeded:
            .permanent(code: "engine_cpu_time", message: "the program needed more computing time than it may")
        case .outOfMemory:
            .retryable(code: "engine_out_of_memory", message: "the program needed more memory than it may")
        case .fileTooLarge:
            .permanent(code: "engine_file_too_large", message: "the program wrote a larger file than it may")
        case .outputTooLarge:
            .permanent(code: "engine_output_too_large", message: "the program said more than it may")
        case .cancelled: .retryable(code: "engine_cancelled", message: "the program was told to stop")
        case .inputClosed: .retryable(code: "engine_input_closed", message: "the program stopped reading")
        case .badMessage: .retryable(code: "engine_bad_message", message: "the program's answer makes no sense")
        case .lost: .retryable(code: "engine_lost", message: "the program vanished")
        }
    }
}

/// Where objects are is nothing for the job's owner.
extension ObjectError: JobFailureConvertible {
    public var jobFailure: JobFailure {
        switch self {
        case .notFound: .permanent(code: "object_not_found", message: "there is no such object")
        default: .retryable(code: "object_store_failed", message: "the object store did not do what was asked")
        }
    }
}

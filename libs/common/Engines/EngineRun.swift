import Glibc
import Loop

/// A program that runs. It is ended when its workspace is, at the latest, or when nobody holds this object, its input or
/// its output any more.
public final class EngineRun: Sendable {
    public let standardOutput: EngineOutput
    /// Ends at once unless the command asked for `.lines`.
    public let standardError: EngineOutput
    public let standardInput: EngineInput
    private let hold: RunHold

    var supervision: Supervision { hold.supervision }

    init(_ hold: RunHold, input: EngineInput, output: EngineOutput, errors: EngineOutput) {
        self.hold = hold
        standardInput = input
        standardOutput = output
        standardError = errors
    }

    /// Tells everything that the program started to end, SIGTERM first and SIGKILL after the grace. Does not wait.
    public func cancel() {
        supervision.stop(.cancelled)
    }

    /// Waits for the end of the program and of all that it started. What it still writes and nobody reads is thrown
    /// away. Cancelling the task cancels the run, and still waits for its end.
    @discardableResult
    public func finish() async throws(EngineError) -> EngineEnd {
        standardInput.close()
        standardOutput.discard()
        standardError.discard()
        let result = await withTaskCancellationHandler {
            await supervision.outcome()
        } onCancel: {
            supervision.stop(.cancelled)
        }
        await standardError.waitUntilDiscarded()
        return try end(result)
    }

    private func end(_ result: Supervision.Result) throws(EngineError) -> EngineEnd {
        let tail = standardError.tail
        switch result.outcome {
        case .notStarted(let code): throw .couldNotStart(.system(operation: "execve", code: code))
        case .stopped(.cancelled): throw .cancelled
        case .stopped(.timedOut): throw .timedOut(after: supervision.limits.wallTime ?? .zero, tail: tail)
        case .stopped(.outputTooLarge): throw .outputTooLarge(limit: supervision.limits.outputBytes ?? 0)
        case .lost: throw result.sawMemoryKill ? .outOfMemory(tail: tail) : .lost
        case .ended(let end) where end.isSignal || end.code != 0:
            throw .failed(end, tail: tail, sawMemoryKill: result.sawMemoryKill)
        case .ended(let end):
            return EngineEnd(
                duration: result.duration, cpuTime: end.cpuTime, peakMemoryBytes: end.peakMemoryBytes, tail: tail)
        }
    }
}

extension EngineError {
    /// The error of a program that ended by itself, and not well.
    static func failed(_ end: ProgramEnd, tail: String, sawMemoryKill: Bool) -> EngineError {
        switch (end.isSignal, end.code) {
        case (true, SIGXCPU): return .cpuTimeExceeded(tail: tail)
        case (true, SIGXFSZ): return .fileTooLarge(tail: tail)
        case (true, SIGKILL) where sawMemoryKill: return .outOfMemory(tail: tail)
        case _ where OutOfMemory.isTold(by: tail): return .outOfMemory(tail: tail)
        case (true, let signal): return .signalled(signal, tail: tail)
        case (false, let code): return .exited(code: code, tail: tail)
        }
    }
}

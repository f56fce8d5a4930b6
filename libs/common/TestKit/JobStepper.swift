import Jobs

/// Runs jobs one at a time, when a test says so.
///
///     let stepper = JobStepper(queue, handlers: service.jobHandlers)
///     #expect(await stepper.step())
public struct JobStepper: Sendable {
    private let worker: Worker

    /// All handlers are of kinds of one queue.
    public init(_ queue: JobQueue, name: String = "stepper", handlers: [JobHandler]) {
        worker = Worker(queue, name: name, handlers: handlers)
    }

    /// Runs the next job that is due to its end; false when there is none.
    public func step() async -> Bool {
        await worker.runOnce()
    }

    /// Runs all that are due, those that come up meanwhile, too; answers how many, at most `limit`.
    @discardableResult
    public func run(limit: Int = 1000) async -> Int {
        var count = 0
        while count < limit, await worker.runOnce() { count += 1 }
        return count
    }
}

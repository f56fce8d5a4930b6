import Loop

/// A kind of work: its name, what it takes and what it answers, and how it is tried again.
///
///     let transcribe = JobKind<Recording, Transcript>("transcribe", queue: "gpu", timeLimit: .seconds(3600))
public struct JobKind<Payload: Codable & Sendable, Outcome: Codable & Sendable>: Sendable {
    public let name: String
    /// Kinds that the same workers serve.
    public let queue: String
    public let retry: RetryPolicy
    /// How long one attempt may take.
    public let timeLimit: Duration?

    public init(
        _ name: String, queue: String = "default", retry: RetryPolicy = RetryPolicy(), timeLimit: Duration? = nil
    ) {
        self.name = name
        self.queue = queue
        self.retry = retry
        self.timeLimit = timeLimit
    }
}

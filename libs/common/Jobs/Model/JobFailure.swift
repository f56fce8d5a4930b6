import JSON

/// What a handler throws to say how its job failed. Any other error is taken for one that may pass.
public enum JobFailure: Error, Sendable {
    /// Trying again would end the same way.
    case permanent(code: String, message: String, details: JSONValue? = nil)
    /// It may go better next time: after so long, or as the kind's policy says.
    case retryable(code: String, message: String, after: Duration? = nil)
}

import Crypto
import JSON
import Loop

/// What is asked for when a job is put into a queue.
public struct JobRequest: Sendable {
    public var kind: String
    public var queue: String
    /// JSON text.
    public var payload: String
    /// Whose it is; empty for the service's own.
    public var ownerID = ""
    /// 0 to 9; a higher one goes first.
    public var priority = 5
    /// Not before so much later.
    public var delay: Duration = .zero
    public var maximumAttempts: Int
    /// Told when the job has ended.
    public var callbackURL: String?

    public init(kind: String, queue: String = "default", payload: String = "{}", maximumAttempts: Int = 5) {
        self.kind = kind
        self.queue = queue
        self.payload = payload
        self.maximumAttempts = maximumAttempts
    }

    public init<Payload, Outcome>(_ kind: JobKind<Payload, Outcome>, _ payload: Payload) throws(JobError) {
        do throws(JSONError) {
            self.payload = String(decoding: try JSONWriter().encode(payload), as: UTF8.self)
        } catch {
            throw .invalid("the payload cannot be written as JSON: \(error)")
        }
        self.kind = kind.name
        queue = kind.queue
        maximumAttempts = kind.retry.attempts
    }

    /// Same work, same hash: what an idempotency key is held to.
    public var hash: [UInt8] {
        var hash = SHA256()
        for part in [queue, kind, callbackURL ?? "", payload] {
            hash.update(Array("\(part.utf8.count):".utf8))
            hash.update(Array(part.utf8))
        }
        return hash.finish()
    }

    func check() throws(JobError) {
        guard (0...9).contains(priority) else { throw .invalid("a priority is 0 to 9") }
        guard maximumAttempts > 0 else { throw .invalid("a job is tried once at least") }
        guard !kind.isEmpty, !queue.isEmpty else { throw .invalid("a job has a kind and a queue") }
    }
}

/// A caller's promise that requests of the same key are the same request.
public struct IdempotencyKey: Sendable, Equatable {
    public let text: String
    /// Of the request as it came; nil for that of the job.
    public let requestHash: [UInt8]?

    public static let maximumLength = 255

    /// Nil unless the key has 1 to 255 characters.
    public init?(_ text: String, requestHash: [UInt8]? = nil) {
        guard (1...Self.maximumLength).contains(text.utf8.count), !text.utf8.contains(0) else { return nil }
        self.text = text
        self.requestHash = requestHash
    }
}

/// The answer to putting a job into a queue.
public struct EnqueuedJob: Sendable, Equatable {
    public let id: UUID
    /// False when the idempotency key names a job that was there.
    public let isNew: Bool
}

/// One request and its answer on a connection. Pure: it is told what happened, and judges what a loss means and
/// whether the connection may serve another request.
///
/// The rule of repetition: a request is sent again, once and on a new connection, when the connection came from the
/// pool, ended before any byte of an answer, and the request
/// - has a body that can be sent again, and is idempotent or declared repeatable by its caller; or
/// - did not reach the socket at all (no byte was taken, and no block of a streamed body asked for).
struct Exchange: Sendable {
    enum Loss: Sendable {
        case repeatRequest
        case fail(ClientError)
    }

    private enum Upload { case underWay, complete, broken }
    private enum Answer { case none, begun, head, complete }

    private let isReused: Bool
    private let isRepeatable: Bool
    private let isReplayable: Bool
    private var upload = Upload.underWay
    private var answer = Answer.none
    private var hasReachedSocket = false
    private var hasConsumedBody = false
    private var keepsConnection = false
    private var uploadError: ClientError?

    init(isReused: Bool, isRepeatable: Bool, isReplayable: Bool) {
        self.isReused = isReused
        self.isRepeatable = isRepeatable
        self.isReplayable = isReplayable
    }

    var isUploadComplete: Bool { upload == .complete }
    var hasAnswerBegun: Bool { answer != .none }

    // MARK: The request

    mutating func wrote(_ count: Int) {
        if count > 0 { hasReachedSocket = true }
    }

    mutating func consumedBody() {
        hasConsumedBody = true
    }

    mutating func completedUpload() {
        if upload == .underWay { upload = .complete }
    }

    /// The peer takes no more; it may still answer.
    mutating func brokeUpload() {
        upload = .broken
    }

    /// The request cannot be completed, for a reason of ours.
    mutating func failedUpload(_ error: ClientError) {
        upload = .broken
        uploadError = error
    }

    // MARK: The answer

    mutating func received(_ count: Int) {
        if count > 0, answer == .none { answer = .begun }
    }

    mutating func completedHead(keepsConnection: Bool) {
        answer = .head
        self.keepsConnection = keepsConnection
    }

    /// The answer is complete; whether its connection goes on. Bytes beyond the answer, or a request that is not
    /// through, leave nobody sure where the next message begins.
    mutating func completedAnswer(hasMoreBytes: Bool) -> Bool {
        answer = .complete
        return keepsConnection && upload == .complete && !hasMoreBytes
    }

    /// The connection ended before the answer did.
    func lost() -> Loss {
        if let uploadError { return .fail(uploadError) }
        guard isReused, answer == .none else { return .fail(.connectionLost(afterResponseBegan: answer != .none)) }
        let isUntouched = !hasReachedSocket && !hasConsumedBody
        let isHarmless = isRepeatable && (isReplayable || !hasConsumedBody)
        return isUntouched || isHarmless ? .repeatRequest : .fail(.connectionLost(afterResponseBegan: false))
    }
}

/// Why a request of ours came to nothing.
public enum ClientError: Error, Sendable {
    /// What was waited for when the time was up.
    public enum Stage: String, Sendable {
        case waiting, connecting, sending, firstByte, body, total
    }

    /// The request cannot be sent as it is.
    case invalidRequest(String)
    case couldNotResolve(host: String)
    case couldNotConnect(String)
    case timedOut(Stage)
    /// The peer ended the connection before the end of its answer.
    case connectionLost(afterResponseBegan: Bool)
    case malformedResponse(String)
    case bodyTooLarge(limit: Int)
    /// The source of the request's body failed.
    case requestBodyFailed(any Error)
    /// All connections are in use and too many requests wait for one.
    case poolExhausted
    case cancelled
    /// The URL or the address behind it may not be reached.
    case refusedDestination(String)
    /// The peer's certificate is not valid for the name, or nobody whom we trust signed it.
    case untrustedPeer(String)
    case tooManyRedirects(limit: Int)
    /// A redirect asks for the request's body again, which is gone.
    case bodyNotRepeatable
    /// What else libcurl has to say.
    case transferFailed(String)
}

extension ClientError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .invalidRequest(let reason): "the request cannot be sent: \(reason)"
        case .couldNotResolve(let host): "the name '\(host)' cannot be resolved"
        case .couldNotConnect(let reason): "no connection: \(reason)"
        case .timedOut(let stage): "the time was up (\(stage.rawValue))"
        case .connectionLost(true): "the connection ended in the middle of the answer"
        case .connectionLost(false): "the connection ended before an answer"
        case .malformedResponse(let reason): "the answer is malformed: \(reason)"
        case .bodyTooLarge(let limit): "the answer's body has more than \(limit) bytes"
        case .requestBodyFailed(let error): "the request's body could not be read: \(error)"
        case .poolExhausted: "all connections are in use and too many requests wait for one"
        case .cancelled: "the request was cancelled"
        case .refusedDestination(let reason): "the destination is refused: \(reason)"
        case .untrustedPeer(let reason): "the peer is not trusted: \(reason)"
        case .bodyNotRepeatable: "a redirect asks for the request's body again, which can be sent once only"
        case .tooManyRedirects(let limit): "more than \(limit) redirects"
        case .transferFailed(let reason): "the transfer failed: \(reason)"
        }
    }
}

import HTTP

/// What the outcome of a delivery means for the callback. Pure.
///
/// Every status of 200 to 299 is a success. 410 says that nobody will ever listen there again, and a destination that
/// may not be reached never will be: both end it at once. Everything else is tried again until the callback's lifetime
/// is over, redirects and the other 4xx, too: a receiver in the middle of a deployment answers anything.
enum CallbackVerdict: Sendable, Equatable {
    case delivered
    case again(String, after: Duration?)
    case dead(String)

    static let maximumRetryAfter = 3600

    static func of(_ status: Status, retryAfter: String?) -> CallbackVerdict {
        switch status.code {
        case 200...299: return .delivered
        case 410: return .dead("the receiver answered 410")
        default:
            let seconds = retryAfter.flatMap { Int($0) }.map { min(max($0, 0), maximumRetryAfter) }
            return .again("the receiver answered \(status.code)", after: seconds.map { .seconds($0) })
        }
    }

    static func of(_ error: ClientError) -> CallbackVerdict {
        switch error {
        case .refusedDestination, .invalidRequest: .dead("\(error)")
        default: .again("\(error)", after: nil)
        }
    }
}

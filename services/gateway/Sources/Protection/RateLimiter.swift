import HTTP
import Loop

/// How often each caller may ask, and what he is told of it.
struct RateLimiter: Sendable {
    let rule: RateRule
    private let buckets: BucketTable

    init(_ rule: RateRule) {
        self.rule = rule
        buckets = BucketTable(TokenBucket.Rate(rule.requests, per: rule.window))
    }

    /// What the answer says. Throws when there were too many.
    func admit(_ key: String) throws(ServiceError) -> Headers {
        let decision = buckets.take(key)
        var fields = fields(decision)
        guard decision.isAllowed else {
            fields.append("retry-after", "\(max(1, Self.seconds(decision.wait)))")
            throw ServiceError(
                .tooManyRequests, "rate_limited",
                "\(rule.requests) requests in \(rule.window) are allowed; try again later", headers: fields)
        }
        return fields
    }

    /// The policy, and where it stands (draft-ietf-httpapi-ratelimit-headers).
    private func fields(_ decision: BucketTable.Decision) -> Headers {
        let policy = rule.key.rawValue
        var headers = Headers()
        headers.append(
            "ratelimit-policy", "\"\(policy)\";q=\(rule.requests);w=\(max(1, rule.window.components.seconds))")
        headers.append("ratelimit", "\"\(policy)\";r=\(decision.remaining);t=\(Self.seconds(decision.wait))")
        return headers
    }

    /// Whole seconds, rounded up, so that who waits so long is let in.
    private static func seconds(_ wait: Duration) -> Int {
        let (seconds, rest) = wait.components
        return Int(seconds) + (rest > 0 ? 1 : 0)
    }
}

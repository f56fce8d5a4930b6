import HTTP
import Loop

/// Keeps attempts to sign in within bounds, by address and by account.
final class SignInThrottle: Sendable {
    private let addresses: BucketTable
    private let accounts: BucketTable

    init(_ limits: SignInLimits) {
        let minute = Duration.seconds(60)
        addresses = BucketTable(
            TokenBucket.Rate(limits.byAddress, per: minute), capacity: SignInLimits.maximumTracked)
        accounts = BucketTable(
            TokenBucket.Rate(limits.byAccount, per: minute), capacity: SignInLimits.maximumTracked)
    }

    /// Throws 429 when there were too many.
    func check(address: String) throws(ServiceError) {
        try Self.check(addresses, ClientAddress.network(of: address))
    }

    func check(account: String) throws(ServiceError) {
        // A long text is as good by its beginning; what is stored is bounded.
        try Self.check(accounts, String(account.prefix(300)))
    }

    private static func check(_ table: BucketTable, _ key: String) throws(ServiceError) {
        let decision = table.take(key)
        guard !decision.isAllowed else { return }
        let seconds = decision.wait.components.seconds + 1
        throw ServiceError(
            .tooManyRequests, "too_many_sign_ins", "too many attempts to sign in; try again in \(seconds) s",
            headers: ["retry-after": "\(seconds)"])
    }
}

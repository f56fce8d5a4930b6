import HTTP

/// Who a request comes from, as its token says.
struct RouteCaller: Sendable, Equatable {
    var id: String
    var roles: [String]
}

/// What the gateway's identity does for routing: tells callers by their tokens, and makes the token that a service takes.
protocol CallerCheck: Sendable {
    associatedtype Verified: Sendable

    /// Nil when the request bears no token. Throws what the client is answered to one that does not hold.
    func verify(_ headers: Headers) throws(ServiceError) -> Verified?

    func caller(_ verified: Verified) -> RouteCaller

    /// The fields that carry a caller's identity to a service.
    func passport(of verified: Verified, to service: String) throws -> Headers
}

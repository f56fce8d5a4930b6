import HTTP
import Loop

/// One line of the route table: which requests go to which service, and what they may.
struct GatewayRoute: Sendable, Equatable {
    enum Access: String, Sendable {
        /// Only with a user's or a service's token.
        case token
        /// With a token, or with a webhook signature, which the service itself verifies.
        case signature
        /// For everybody; a token that comes along is passed on all the same if it holds.
        case open
        /// The permission is in the URL's query, and the service verifies it.
        case presigned
    }

    /// Nil for every method.
    var methods: Set<Method>?
    /// `/job/{id}`, or `/asr/**` for `/asr` and all below it.
    var path: String
    var service: String
    var access = Access.token
    /// Any one of these; none for everybody who may sign in.
    var roles: [String] = []
    var bodyLimit: Int?
    /// Until the answer begins.
    var timeout: Duration?
    /// Between two pieces of the answer.
    var silence: Duration?
    var rate: RateRule?
    /// Requests at a time; each key at most once.
    var concurrency: [ConcurrencyRule] = []

    /// Paths that the pattern stands for: the folder itself belongs to what is below it.
    var patterns: [String] {
        guard path.hasSuffix("/**"), path.count > 3 else { return [path] }
        return [path, String(path.dropLast(3))]
    }
}

/// By whom a limit counts.
enum LimitKey: String, Sendable {
    case user, address, route
}

/// How often a route may be asked for.
struct RateRule: Sendable, Equatable {
    var requests: Int
    var window: Duration
    var key: LimitKey
}

/// How many requests of a route may be under way.
struct ConcurrencyRule: Sendable, Equatable {
    var requests: Int
    var key: LimitKey
}

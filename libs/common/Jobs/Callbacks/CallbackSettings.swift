import HTTP

/// How callbacks are sent.
public struct CallbackSettings: Sendable {
    /// Networks that are not public and may be called all the same. With any, plain HTTP and every port are allowed, too.
    public var allowedNetworks: [IPNetwork] = []
    /// How long a receiver may take for its answer.
    public var timeout: Duration = .seconds(15)
    /// How long a callback is tried.
    public var lifetime: Duration = .seconds(86400)
    /// The pauses between tries.
    public var retry = RetryPolicy(attempts: .max, base: .seconds(5), cap: .seconds(3600))
    /// Deliveries at a time.
    public var concurrency = 16
    /// Of those, to one host.
    public var perHost = 4
    /// How often it is looked for callbacks that nobody told of.
    public var pollInterval: Duration = .seconds(1)

    public init() {}

    /// Refuses a URL that could never be called back, when it is asked for rather than when the job has ended.
    public func check(_ url: String, field: String = "callback_url") throws(ServiceError) {
        guard let problem = rules.problem(with: url) else { return }
        throw .validation([FieldError(field: field, message: "cannot be called back: \(problem)")])
    }

    var rules: OutgoingRules {
        guard !allowedNetworks.isEmpty else { return .untrusted }
        return OutgoingRules(
            reach: .guarded(AddressGuard(allowing: allowedNetworks)), allowsPlainHTTP: true, ports: nil)
    }
}

import Loop

/// One thing that a service needs or shows: its database, its object store, a service behind it.
public struct ReadinessCheck: Sendable {
    enum Kind: Sendable {
        case asked(@Sendable () async throws -> Void)
        case known(@Sendable () -> ReadinessState)
    }

    public let name: String
    /// Whether the service takes no requests without it.
    let isRequired: Bool
    let kind: Kind

    /// `run` throws when the thing is not there. It is given two seconds.
    public init(_ name: String, _ run: @escaping @Sendable () async throws -> Void) {
        self.name = name
        isRequired = true
        kind = .asked(run)
    }

    /// For what the service goes on without, and of which it knows already how it is.
    public init(showing name: String, _ state: @escaping @Sendable () -> ReadinessState) {
        self.name = name
        isRequired = false
        kind = .known(state)
    }
}

/// How one thing is that a service needs or shows.
public struct ReadinessState: Sendable, Equatable {
    public enum Status: String, Sendable, Codable {
        case up
        /// A part of it is away, and the rest does the work.
        case degraded
        case down
        /// Nobody has asked it yet.
        case unknown
        /// Not a part of this installation.
        case notConfigured = "not_configured"
    }

    public var status: Status
    /// How long it took to answer when it was last asked.
    public var latency: Duration?

    public init(_ status: Status, latency: Duration? = nil) {
        self.status = status
        self.latency = latency
    }

    /// Whether somebody should look after it.
    var isTrouble: Bool { status == .down || status == .degraded }
}

/// The answer of `/ready`: things by name, in the order in which they were declared. `degraded` says that something is
/// amiss; whether requests are taken all the same is what the answer's status says.
struct ReadinessReport: Encodable {
    struct Check: Encodable {
        enum CodingKeys: String, CodingKey {
            case status
            case isRequired = "required"
            case latencyMilliseconds = "latency_ms"
        }

        let status: ReadinessState.Status
        let isRequired: Bool
        let latencyMilliseconds: Double?

        init(_ state: ReadinessState, isRequired: Bool) {
            status = state.status
            self.isRequired = isRequired
            latencyMilliseconds = state.latency.map { Double($0.clampedNanoseconds / 1000) / 1000 }
        }
    }

    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    let status: String
    let checks: [(name: String, check: Check)]

    private enum CodingKeys: CodingKey { case status, checks }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(status, forKey: .status)
        var named = container.nestedContainer(keyedBy: Name.self, forKey: .checks)
        for (name, check) in checks { try named.encode(check, forKey: Name(name)) }
    }
}

import Configuration
import HTTP
import Loop
import Telemetry

/// A service: its name, its settings, its routes. Everything else that an executable does is done here once for all.
public protocol ServiceProgram: Sendable {
    associatedtype Configuration: Settings

    /// As in `pacs-masks`.
    static var name: String { get }
    /// What it does, in half a sentence.
    static var about: String { get }

    static func common(_ configuration: Configuration) -> CommonSettings

    /// Wires stores, clients and workers; what it opens here, `stop` closes.
    init(_ configuration: Configuration, _ context: ServiceContext) async throws

    func declare(_ routes: inout Routes)

    /// What the internal port answers beside health and metrics.
    func declareInternal(_ routes: inout Routes)

    /// What an operator can do from the command line, as in `gateway keys rotate`.
    static var commands: [ServiceCommand<Configuration>] { get }

    /// What must answer before the service is ready, and what it shows beside.
    var readinessChecks: [ReadinessCheck] { get }

    /// Whether `/ready` is on the public port, too.
    static var showsReadiness: Bool { get }

    /// Called when the service is told to stop, while requests are still answered: workers take nothing more from here
    /// on. Returns at once; `stop` waits.
    func beginDraining()

    /// Called after the last request was answered.
    func stop() async

    /// Whether SIGHUP has files read again, rather than end the service as the end of its terminal.
    static var reloads: Bool { get }

    /// Reads again what may change while the service runs. What is wrong changes nothing.
    func reload() async
}

extension ServiceProgram {
    public var readinessChecks: [ReadinessCheck] { [] }

    public func declareInternal(_ routes: inout Routes) {}

    public static var commands: [ServiceCommand<Configuration>] { [] }

    public static var showsReadiness: Bool { false }

    public func beginDraining() {}

    public func stop() async {}

    public static var reloads: Bool { false }

    public func reload() async {}

    /// The prefix of the service's own variables: `PACS_MASKS`.
    static var settingPrefix: String { String(name.uppercased().map { $0 == "-" ? "_" : $0 }) }
}

/// What the runtime hands to a service.
public struct ServiceContext: Sendable {
    public let logger: Logger
    public let metrics: Metrics
    public let loops: EventLoopGroup
    public let blocking: BlockingPool
    public let tracing: Tracing

    public init(
        logger: Logger, metrics: Metrics, loops: EventLoopGroup, blocking: BlockingPool, tracing: Tracing
    ) {
        self.logger = logger
        self.metrics = metrics
        self.loops = loops
        self.blocking = blocking
        self.tracing = tracing
    }
}

/// The version of the product; one for all services.
public enum Product {
    public static let version = "0.1.0"
}

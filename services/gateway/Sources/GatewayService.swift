import Configuration
import HTTP
import Service

/// The gateway: the one address that clients talk to.
public struct GatewayService: ServiceProgram {
    public static let name = "gateway"
    public static let about = "issues tokens and routes requests to the services"
    public static let showsReadiness = true

    public static func common(_ configuration: GatewaySettings) -> CommonSettings { configuration.common }

    private let routing: Routing<NoIdentity>

    public init(_ configuration: GatewaySettings, _ context: ServiceContext) async throws {
        routing = try await Routing(configuration.routing, check: NoIdentity(), context)
    }

    public func declare(_ routes: inout Routes) {
        routes.declareChecks()
        routes.declareDocument(title: "Pentad", version: Product.version)
        routing.declare(&routes)
    }

    public func stop() async {
        await routing.stop()
    }
}

/// The gateway's settings.
public struct GatewaySettings: Settings {
    public let common: CommonSettings
    let routing: RoutingSettings

    public init(_ settings: inout SettingsReader) {
        // Each route has limits of its own for bodies and times.
        common = CommonSettings(
            &settings, port: 8080, internalPort: 9080, requestTimeout: .seconds(86_400), maximumBodyBytes: 1 << 50)
        routing = RoutingSettings(&settings)
    }
}

/// Nobody has a token yet.
struct NoIdentity: CallerCheck {
    func verify(_ headers: Headers) throws(ServiceError) -> Caller? { nil }
    func caller(_ verified: Caller) -> Caller { verified }
    func passport(of verified: Caller, to service: String) -> Headers { Headers() }
}

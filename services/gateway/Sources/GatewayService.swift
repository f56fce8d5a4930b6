import Configuration
import HTTP
import Service

/// The gateway: the one address that clients talk to.
public struct GatewayService: ServiceProgram {
    public static let name = "gateway"
    public static let about = "issues tokens and routes requests to the services"
    public static let showsReadiness = true
    public static var commands: [ServiceCommand<GatewaySettings>] {
        ServiceCommand<GatewaySettings>.keys + ServiceCommand<GatewaySettings>.clients
            + ServiceCommand<GatewaySettings>.users + ServiceCommand<GatewaySettings>.routes
    }

    public static func common(_ configuration: GatewaySettings) -> CommonSettings { configuration.common }

    let identity: Identity
    private let routing: Routing<IdentityCheck>

    public init(_ configuration: GatewaySettings, _ context: ServiceContext) async throws {
        let addresses = ClientAddress(trusted: configuration.routing.trustedProxies)
        let identity = try await Identity.open(configuration.identity, context) { addresses.of($0) }
        self.identity = identity
        do {
            routing = try await Routing(
                configuration.routing, check: IdentityCheck(identity: identity),
                isSecure: configuration.identity.isSecure, context)
        } catch {
            await identity.stop()
            throw error
        }
    }

    public func declare(_ routes: inout Routes) {
        routes.declareChecks()
        identity.declare(in: &routes)
        let document = routes.document(title: "Pentad", version: Product.version)
        routing.declare(&routes, document: document)
    }

    public static var reloads: Bool { true }

    public func reload() async { await routing.reload() }

    public func declareInternal(_ routes: inout Routes) {
        identity.declareInternal(in: &routes)
    }

    public var readinessChecks: [ReadinessCheck] { identity.readinessChecks }

    public func stop() async {
        await routing.stop()
        await identity.stop()
    }
}

/// The gateway's settings.
public struct GatewaySettings: Settings {
    public let common: CommonSettings
    public let identity: IdentitySettings
    let routing: RoutingSettings

    public init(_ settings: inout SettingsReader) {
        // Each route has limits of its own for bodies and times.
        common = CommonSettings(
            &settings, port: 8080, internalPort: 9080, requestTimeout: .seconds(86_400), maximumBodyBytes: 1 << 50,
            offersTLS: true)
        identity = IdentitySettings(&settings, common: common)
        routing = RoutingSettings(&settings)
    }
}

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
            + ServiceCommand<GatewaySettings>.users
    }

    public static func common(_ configuration: GatewaySettings) -> CommonSettings { configuration.common }

    let identity: Identity

    public init(_ configuration: GatewaySettings, _ context: ServiceContext) async throws {
        identity = try await Identity.open(configuration.identity, context)
    }

    public func declare(_ routes: inout Routes) {
        routes.declareChecks()
        identity.declare(in: &routes)
        routes.declareDocument(title: "Pentad", version: Product.version)
    }

    public func declareInternal(_ routes: inout Routes) {
        identity.declareInternal(in: &routes)
    }

    public var readinessChecks: [ReadinessCheck] { identity.readinessChecks }

    public func stop() async {
        await identity.stop()
    }
}

/// The gateway's settings.
public struct GatewaySettings: Settings {
    public let common: CommonSettings
    public let identity: IdentitySettings

    public init(_ settings: inout SettingsReader) {
        common = CommonSettings(&settings, port: 8080, internalPort: 9080)
        identity = IdentitySettings(&settings, common: common)
    }
}

import Configuration
import HTTP
import Service

/// The gateway: the one address that clients talk to.
public struct GatewayService: ServiceProgram {
    public static let name = "gateway"
    public static let about = "issues tokens and routes requests to the services"
    public static let showsReadiness = true

    public static func common(_ configuration: GatewaySettings) -> CommonSettings { configuration.common }

    public init(_ configuration: GatewaySettings, _ context: ServiceContext) async throws {}

    public func declare(_ routes: inout Routes) {
        routes.declareChecks()
        routes.declareDocument(title: "Pentad", version: Product.version)
    }
}

/// The gateway's settings.
public struct GatewaySettings: Settings {
    public let common: CommonSettings

    public init(_ settings: inout SettingsReader) {
        common = CommonSettings(&settings, port: 8080, internalPort: 9080)
    }
}

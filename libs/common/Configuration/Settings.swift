/// What a service can be told, each setting declared once, in the initialiser:
///
///     public struct GatewaySettings: Settings {
///         public let common: CommonSettings
///         public let origins: [String]
///
///         public init(_ settings: inout SettingsReader) {
///             common = CommonSettings(&settings, port: 8080, internalPort: 9080)
///             origins = settings.value("CORS_ORIGINS", .list(of: .string), default: [], "who may call from a browser")
///         }
///     }
///
/// The same initialiser, run over an empty environment, is what `--help` prints. So it declares every setting on every
/// path, and never acts on a value; what settings must fulfil together goes through `SettingsReader.check`.
public protocol Settings: Sendable {
    init(_ settings: inout SettingsReader)
}

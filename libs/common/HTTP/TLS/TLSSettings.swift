/// How a server speaks TLS.
public struct TLSSettings: Sendable {
    public enum Version: String, Sendable, CaseIterable {
        case tls12 = "1.2"
        case tls13 = "1.3"
    }

    /// The certificate and those that lead to a known one, PEM, the server's own first.
    public var certificateFile: String
    /// Its private key, PEM, not encrypted.
    public var keyFile: String
    public var minimumVersion = Version.tls12
    /// What ALPN agrees on, the one that we like best first.
    public var protocols = ["h2", "http/1.1"]

    public init(certificateFile: String, keyFile: String) {
        self.certificateFile = certificateFile
        self.keyFile = keyFile
    }

    /// The list as ALPN sends it: each name behind its length.
    var protocolList: [UInt8] {
        protocols.flatMap { [UInt8(clamping: $0.utf8.count)] + Array($0.utf8.prefix(255)) }
    }
}

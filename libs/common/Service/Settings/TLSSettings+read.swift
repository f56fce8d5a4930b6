import Configuration
import HTTP

extension TLSSettings {
    /// Nil when no certificate is named.
    init?(_ settings: inout SettingsReader) {
        let certificate = settings.optional(
            "TLS_CERTIFICATE_FILE", .path,
            "PORT speaks TLS with this certificate and those behind it (PEM); SIGHUP reads it again")
        let key = settings.optional("TLS_KEY_FILE", .path, "the certificate's private key (PEM, not encrypted)")
        let version = settings.value(
            "TLS_MINIMUM_VERSION", .choice(of: Version.self), default: .tls12, "the oldest TLS that clients may speak")
        let offersHTTP2 = settings.value(
            "TLS_HTTP2", .bool, default: true, "whether clients may choose HTTP/2 when they come by TLS")
        settings.check(
            (certificate == nil) == (key == nil),
            "one of TLS_CERTIFICATE_FILE and TLS_KEY_FILE is set: expected both or neither")
        guard let certificate, let key else { return nil }
        self.init(certificateFile: certificate, keyFile: key)
        minimumVersion = version
        if !offersHTTP2 { protocols = ["http/1.1"] }
    }
}

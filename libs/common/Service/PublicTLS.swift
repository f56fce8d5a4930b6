import HTTP
import JSON
import Telemetry

/// TLS on the public port: begun with the service, its files read again on SIGHUP.
struct PublicTLS: Sendable {
    let server: ServerTLS
    private let logger: Logger

    /// A certificate that ends sooner is worth a warning.
    private static let warningDays: Int64 = 14

    /// Nil when the port speaks plain HTTP.
    init?(_ settings: CommonSettings, logger: Logger, metrics: Metrics) throws {
        guard let tls = settings.tls else { return nil }
        let server = try ServerTLS(tls, metrics: metrics)
        self.server = server
        self.logger = logger
        metrics.gauge(
            "tls_certificate_expiry_timestamp_seconds", help: "When the certificate in use ends, in Unix time."
        ) {
            Double(server.certificate.expires)
        }
        tell("certificate_loaded", server.certificate)
    }

    /// What is wrong changes nothing.
    func reload() {
        do throws(TLSError) {
            tell("certificate_reloaded", try server.reload())
        } catch {
            logger.error("certificate_not_reloaded", ["reason": .string(error.description)])
        }
    }

    private func tell(_ event: String, _ certificate: TLSCertificate) {
        let fields: LogFields = [
            "subject": .string(certificate.subject), "serial": .string(certificate.serial),
            "expires": .string(Timestamp(seconds: certificate.expires).description),
        ]
        logger.info(event, fields)
        let left = certificate.expires - UnixTime.now().nanoseconds / 1_000_000_000
        if left < 0 {
            logger.warning("certificate_expired", fields)
        } else if left < Self.warningDays * 86_400 {
            logger.warning("certificate_expires_soon", fields)
        }
    }
}

extension Routes {
    /// RFC 6797: only what came by TLS says so, since anybody may have written the rest.
    mutating func demandTLS(forSeconds seconds: Int) {
        guard seconds > 0 else { return }
        let field: Headers = ["strict-transport-security": "max-age=\(seconds)"]
        finishing { request, response in
            guard request.isSecure, !response.headers.contains("strict-transport-security") else { return }
            response.headers.append(contentsOf: field)
        }
    }
}

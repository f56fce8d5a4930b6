import Glibc
import Loop
import TestKit

@testable import HTTP

/// An authority with certificates made for the occasion, in a folder of its own.
final class TestAuthority: Sendable {
    static let openssl = "/usr/bin/openssl"
    static let isUsable = access(openssl, X_OK) == 0 && Nginx.binary != nil
    static let isMissing = "openssl or nginx is not installed"

    enum Kind: String, CaseIterable {
        /// For `localhost` and `127.0.0.1`, by the authority.
        case good
        case wrongHost, expired, notYetValid, selfSigned, otherAuthority
    }

    struct Failed: Error {
        let arguments: [String]
    }

    let directory: ThrowAwayDirectory
    /// Whoever trusts this trusts the authority.
    var certificateFile: String { "\(directory.path)/authority.pem" }

    init() throws {
        directory = try ThrowAwayDirectory(prefix: "pentad-authority")
        do {
            try makeAuthority("authority")
        } catch {
            directory.remove()
            throw error
        }
    }

    func remove() {
        directory.remove()
    }

    /// Directives that make an nginx show a certificate of this kind.
    func nginxDirectives(_ kind: Kind) throws -> String {
        let name = kind.rawValue
        switch kind {
        case .good: try issue(name, by: "authority", subject: "DNS:localhost,IP:127.0.0.1")
        case .wrongHost: try issue(name, by: "authority", subject: "DNS:elsewhere.test,IP:127.0.0.9")
        case .expired:
            try issue(name, by: "authority", from: "20200101000000Z", to: "20200201000000Z")
        case .notYetValid:
            try issue(name, by: "authority", from: "20900101000000Z", to: "20910101000000Z")
        case .selfSigned: try makeAuthority(name)
        case .otherAuthority:
            try makeAuthority("other")
            try issue(name, by: "other")
        }
        let path = "\(directory.path)/\(name)"
        return "ssl_certificate \(path).pem; ssl_certificate_key \(path).key;"
    }

    private static let newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    private static let localNames = "DNS:localhost,IP:127.0.0.1"

    private func makeAuthority(_ name: String) throws {
        let path = "\(directory.path)/\(name)"
        try run(
            ["req", "-x509", "-days", "2", "-subj", "/CN=\(name)", "-addext", "subjectAltName=\(Self.localNames)"]
                + Self.newKey + ["-keyout", "\(path).key", "-out", "\(path).pem"])
    }

    private func issue(
        _ name: String, by authority: String, subject: String = localNames, from start: String = "20200101000000Z",
        to end: String = "20900101000000Z"
    ) throws {
        let path = "\(directory.path)/\(name)"
        let issuer = "\(directory.path)/\(authority)"
        try writeFile("\(path).index", [])
        let settings = """
            [ca]
            default_ca = issuer
            [issuer]
            database = \(path).index
            new_certs_dir = \(directory.path)
            rand_serial = yes
            default_md = sha256
            policy = names
            x509_extensions = server
            [names]
            commonName = supplied
            [server]
            basicConstraints = critical,CA:FALSE
            subjectAltName = \(subject)
            """
        try writeFile("\(path).cnf", Array((settings + "\n").utf8))
        try run(
            ["req", "-new", "-subj", "/CN=\(name)"] + Self.newKey + ["-keyout", "\(path).key", "-out", "\(path).csr"])
        try run([
            "ca", "-batch", "-notext", "-config", "\(path).cnf", "-cert", "\(issuer).pem", "-keyfile", "\(issuer).key",
            "-startdate", start, "-enddate", end, "-in", "\(path).csr", "-out", "\(path).pem",
        ])
    }

    private func run(_ arguments: [String]) throws {
        guard try runToEnd([Self.openssl] + arguments) == 0 else { throw Failed(arguments: arguments) }
    }
}

/// A real nginx that speaks TLS, with the client's settings to trust it.
final class SecureNginx: Sendable {
    let nginx: Nginx
    let authority: TestAuthority

    /// Made by programs that take a while; they must not hold up the threads that all tests share.
    static func start(_ server: String = "", certificate: TestAuthority.Kind = .good) async throws -> SecureNginx {
        try await starting.run { try SecureNginx(server, certificate: certificate) }
    }

    private static let starting = BlockingPool(maximumThreads: 2)

    private init(_ server: String, certificate: TestAuthority.Kind) throws {
        authority = try TestAuthority()
        do {
            nginx = try Nginx(try authority.nginxDirectives(certificate) + server, listen: "ssl")
        } catch {
            authority.remove()
            throw error
        }
    }

    var settings: OutgoingSettings { .loopback(certificateFile: authority.certificateFile) }
    var folder: String { nginx.directory.path }

    func url(_ path: String = "/", host: String = "localhost") -> String { "https://\(host):\(nginx.port)\(path)" }

    func stop() {
        nginx.stop()
        authority.remove()
    }
}

import Foundation
import HTTP
import JSON
import TestKit
import Testing

@testable import Gateway
@testable import Tokens

/// Envoy and HAProxy are given the tokens that we are given, with our keys. What one of them refuses we refuse; what we
/// refuse and one of them takes breaks the rule of its group.
@Suite(
    "Beside verifiers of tokens in Envoy and HAProxy", .enabled(if: TestGateway.hasDatabase, TestGateway.whyNoDatabase),
    .enabled(if: TestPython.path != nil, Comment(rawValue: TestPython.whyAbsent)), .timeLimit(.minutes(3)))
struct TokenOracleTests {
    /// Where another refuses a token that we take, and why that is right here.
    private static let explained: Set<String> = [
        // Its `aud` is compared as text by the rules of its manual; RFC 7519, 4.1.3 allows a list.
        "HAProxy: several audiences"
    ]

    private static let pem = "pentad-key.pem"

    private func tokens(_ gateway: TestService, _ algorithm: Algorithm) async throws -> [JSONValue] {
        let user = try await gateway.signIn()
        let rings = try await TestGateway.rings(of: gateway)
        let key = try #require(rings[.user]).signingKey(at: .now)
        let corpus = try await PythonPeer.ask(
            "attacks.py",
            [
                "pem": .string(try #require(key.pem)), "kid": .string(key.id),
                "jwk": .object(try #require(key.verification.jwk)),
                "service_kid": .string(try #require(rings[.service]).signingKey(at: .now).id),
                "other_pem": .string(try #require(try SigningKey.generate(algorithm).pem)), "iss": "http://gw.test",
                "aud": "pentad", "sub": .string("\(user["user_id"]!.int!)"), "now": .number(Timestamp.now.seconds),
            ])
        return try #require(corpus.array)
    }

    private func compare(_ gateway: TestService, _ attacks: [JSONValue], _ oracles: [Oracle]) async throws {
        var taken: [String: Int] = [:]
        for attack in attacks {
            let (name, token) = (attack["name"]?.string ?? "", attack["token"]?.string ?? "")
            let ours = try await gateway.me(token).status
            #expect((ours == 200) == (attack["ok"]?.bool == true), "\(name): \(ours)")
            for oracle in oracles {
                let request = "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(token)\r\n\r\n"
                let isTaken = try await oracle.status(request) == 200
                if isTaken, ours != 200 {
                    taken[oracle.name, default: 0] += 1
                    #expect(
                        attack["rule"]?.string?.isEmpty == false, "\(oracle.name) takes \(name), and why do we not?")
                }
                if !isTaken, ours == 200 {
                    #expect(Self.explained.contains("\(oracle.name): \(name)"), "only \(oracle.name) refuses \(name)")
                }
            }
        }
        // Each of them is lax somewhere, or it was not asked what we think.
        for oracle in oracles { #expect(taken[oracle.name, default: 0] > 5, "\(oracle.name): \(taken)") }
    }

    private func with(
        _ algorithm: Algorithm,
        _ body: (TestService, [JSONValue], _ jwks: String, _ upstream: UInt16) async throws -> Void
    ) async throws {
        let upstream = try ScriptedServer { peer in
            while true {
                _ = try peer.head()
                try peer.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
            }
        }
        defer { upstream.stop() }
        let settings = ["TOKEN_ALGORITHM": algorithm.rawValue, "TOKEN_ISSUER": "http://gw.test"]
        try await TestGateway.with(settings) { gateway in
            let attacks = try await tokens(gateway, algorithm)
            let jwks = try await gateway.get("/.well-known/jwks.json").text
            try await body(gateway, attacks, jwks, upstream.port)
        }
    }

    private func withEnvoy(
        _ jwks: String, _ upstream: UInt16, _ body: (Oracle) async throws -> Void
    ) async throws -> Bool {
        guard let path = try await Oracle.envoy() else { return false }
        let folder = try ThrowAwayDirectory()
        defer { folder.remove() }
        let port = UInt16(try FreePort.find())
        let filter = OracleConfiguration.envoyVerification(issuer: "http://gw.test", audience: "pentad", jwks: jwks)
        try await Oracle.with(
            "Envoy", path,
            ["-c", "\(folder.path)/Envoy.conf", "--concurrency", "1", "-l", "off", "--disable-hot-restart"],
            configuration: OracleConfiguration.envoy(port, upstream, filters: filter), in: folder, port: port,
            body: body)
        return true
    }

    @Test("EdDSA: whatever Envoy refuses is refused, and more")
    func eddsa() async throws {
        try await with(.eddsa) { gateway, attacks, jwks, upstream in
            let isThere = try await withEnvoy(jwks, upstream) { try await compare(gateway, attacks, [$0]) }
            if !isThere { try await compare(gateway, attacks, []) }
        }
    }

    @Test("RS256: whatever Envoy and HAProxy refuse is refused, and more")
    func rs256() async throws {
        try await with(.rs256) { gateway, attacks, jwks, upstream in
            let folder = try ThrowAwayDirectory()
            defer { folder.remove() }
            var oracles: [Oracle] = []
            func proceed() async throws {
                guard let path = Oracle.haproxy else { return try await compare(gateway, attacks, oracles) }
                let key = try #require(try await TestGateway.rings(of: gateway)[.user]).signingKey(at: .now)
                let file = "\(folder.path)/\(Self.pem)"
                let privateKey = "\(folder.path)/private.pem"
                try Data(try #require(key.pem).utf8).write(to: URL(fileURLWithPath: privateKey))
                let made = try await TestProcess.run("openssl", ["pkey", "-in", privateKey, "-pubout", "-out", file])
                try #require(made.status == 0, "\(made.output)")
                let port = UInt16(try FreePort.find())
                let rules = OracleConfiguration.haproxyVerification(
                    issuer: "http://gw.test", audience: "pentad", key: file)
                try await Oracle.with(
                    "HAProxy", path, ["-db", "-q", "-f", "\(folder.path)/HAProxy.conf"],
                    configuration: OracleConfiguration.haproxy(port, upstream, rules: rules), in: folder, port: port
                ) { try await compare(gateway, attacks, oracles + [$0]) }
            }
            let isThere = try await withEnvoy(jwks, upstream) {
                oracles = [$0]
                try await proceed()
            }
            if !isThere { try await proceed() }
        }
    }
}

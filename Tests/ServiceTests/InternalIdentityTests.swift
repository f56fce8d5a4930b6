import Configuration
import HTTP
import JSON
import Loop
import Service
import TestKit
import Testing
import Tokens

/// A service that says who asks, and nothing else.
private struct WhoService: ServiceProgram {
    static let name = "who"
    static let about = "says who asks"
    static func common(_ configuration: WhoSettings) -> CommonSettings { configuration.common }

    let identity: InternalIdentity

    init(_ configuration: WhoSettings, _ context: ServiceContext) async throws {
        identity = InternalIdentity(configuration.identity, service: Self.name, context)
    }

    func declare(_ routes: inout Routes) {
        routes.on(.get, "/who") { [identity] request in
            let caller = try await identity.caller(of: request)
            return .text("\(caller.id) \(caller.username ?? "-") \(caller.roles) \(caller.isAdmin)")
        }
    }

    var readinessChecks: [ReadinessCheck] { [identity.readinessCheck] }

    func stop() async { identity.stop() }
}

private struct WhoSettings: Settings {
    let common: CommonSettings
    let identity: InternalIdentitySettings

    init(_ settings: inout SettingsReader) {
        common = CommonSettings(&settings, port: 8099, internalPort: 9099)
        identity = InternalIdentitySettings(&settings)
    }
}

@Suite("Who asks a service")
struct InternalIdentityTests {
    private let key = try! SigningKey.generate()

    private func token(
        _ key: SigningKey, issuer: String = InternalIdentitySettings.defaultIssuer, audience: String = "who",
        lifetime: Duration = .seconds(60)
    ) throws -> String {
        try TokenIssuer(name: issuer, key: key).issue(
            subject: "42", audience: [audience], lifetime: lifetime, roles: ["admin"],
            custom: ["preferred_username": "김철수"])
    }

    private func ask(_ service: TestService, _ token: String) async throws -> TestAnswer {
        try await service.get("/who", headers: ["authorization": "Bearer \(token)"])
    }

    /// Publishes what it is told to, as the gateway's internal port does.
    private func withKeys(
        _ keys: Locked<[SigningKey]>, _ body: (_ url: String, _ fetches: Locked<Int>) async throws -> Void
    ) async throws {
        let fetches = Locked(0)
        try await CallbackReceiver.with(
            answer: { _, _ in
                fetches.withLock { $0 += 1 }
                let known = keys.withLock { $0 }
                guard !known.isEmpty else { return Response(.serviceUnavailable) }
                return .json(bytes: try KeySet(known.map(\.verification)).jwks())
            },
            body: { receiver in
                try await body(receiver.url(InternalIdentitySettings.keysPath), fetches)
            })
    }

    @Test("is said by the gateway's token for this service, and by nothing else")
    func tokens() async throws {
        let jwks = String(decoding: KeySet(key.verification).jwks(), as: UTF8.self)
        try await TestService.with(WhoService.self, settings: ["IDENTITY_KEYS": jwks]) { service in
            let answer = try await ask(service, try token(key))
            #expect(answer.status == 200 && answer.text == #"42 김철수 ["admin"] true"#)
            let none = try await service.get("/who", headers: ["x-user-id": "42", "x-user-roles": "admin"])
            #expect(none.status == 401 && none.header("www-authenticate") == "Bearer")
            for wrong in [
                try token(key, audience: "asr"), try token(key, issuer: "http://localhost:8080"),
                try token(.generate()), try token(key, lifetime: .seconds(3600)), "a.b.c", "",
            ] {
                let answer = try await ask(service, wrong)
                #expect(answer.status == 401, "\(answer.text)")
            }
        }
    }

    @Test("is judged by keys that are fetched, also those that came later, and nobody can make it fetch for each token")
    func rotation() async throws {
        let keys = Locked([key])
        try await withKeys(keys) { url, fetches in
            try await TestService.with(WhoService.self, settings: ["IDENTITY_KEYS_URL": url]) { service in
                #expect(try await ask(service, try token(key)).status == 200)
                #expect(fetches.withLock { $0 } == 1)
                let next = try SigningKey.generate()
                let known = key
                keys.withLock { $0 = [known, next] }
                #expect(try await ask(service, try token(next)).status == 200)
                #expect(fetches.withLock { $0 } == 2)
                for _ in 0..<20 {
                    let answer = try await ask(service, try token(.generate()))
                    #expect(answer.status == 401)
                }
                #expect(fetches.withLock { $0 } == 2)
                #expect(try await ask(service, try token(key)).status == 200)
            }
        }
    }

    @Test("is nobody as long as the keys cannot be had; then it is not ready, and recovers by itself")
    func unavailable() async throws {
        let keys = Locked<[SigningKey]>([])
        try await withKeys(keys) { url, _ in
            try await TestService.with(WhoService.self, settings: ["IDENTITY_KEYS_URL": url]) { service in
                let answer = try await ask(service, try token(key))
                #expect(answer.status == 503 && answer.header("retry-after") == "1")
                let ready = try await TestClient.request(port: service.running.internalPort, "GET", "/ready")
                #expect(ready.status == 503)
                let known = key
                keys.withLock { $0 = [known] }
                try await eventually("the keys are fetched") { try await ask(service, try token(key)).status == 200 }
            }
        }
    }

    @Test("Keys come from one place", arguments: [[:], ["IDENTITY_KEYS_URL": "http://x", "IDENTITY_KEYS": "set"]])
    func settings(given: [String: String]) throws {
        var environment = given
        if environment["IDENTITY_KEYS"] != nil {
            environment["IDENTITY_KEYS"] = String(decoding: KeySet(key.verification).jwks(), as: UTF8.self)
        }
        let error = #expect(throws: (any Error).self) { try TestSettings.read(WhoService.self, environment) }
        #expect("\(try #require(error))".contains("expected one of them"))
    }
}

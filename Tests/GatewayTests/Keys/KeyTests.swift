import Crypto
import Glibc
import HTTP
import JSON
import Loop
import Postgres
import Service
import TestKit
import Testing

@testable import Gateway
@testable import Tokens

@Suite("The gateway's keys", .enabled(if: TestGateway.hasDatabase, TestGateway.whyNoDatabase), .timeLimit(.minutes(3)))
struct KeyTests {
    private func token(_ gateway: TestService) async throws -> String {
        try #require(try await gateway.signIn()["token"]?.string)
    }

    private func publishedIDs(_ gateway: TestService) async throws -> [String] {
        try await gateway.get("/.well-known/jwks.json").json["keys"]?.array?.compactMap { $0["kid"]?.string } ?? []
    }

    @Test("are published, public halves alone, for caches that ask whether they are still the same")
    func published() async throws {
        try await TestGateway.with { gateway in
            let answer = try await gateway.get("/.well-known/jwks.json")
            #expect(answer.status == 200 && answer.header("cache-control") == "public, max-age=300")
            let keys = try #require(answer.json["keys"]?.array)
            #expect(keys.count == 1)
            #expect(Set(keys[0].object!.names) == ["crv", "kty", "x", "use", "alg", "kid"])
            let tag = try #require(answer.header("etag"))
            let again = try await gateway.get("/.well-known/jwks.json", headers: ["if-none-match": tag])
            #expect(again.status == 304 && again.body.isEmpty && again.header("etag") == tag)

            let discovery = try await gateway.get("/.well-known/openid-configuration")
            #expect(discovery.json["issuer"] == "http://localhost:8080")
            #expect(discovery.json["jwks_uri"] == "http://localhost:8080/.well-known/jwks.json")
            #expect(discovery.header("etag") != nil)

            // Those for services are on the internal port, and are others.
            let internalKeys = try await TestClient.request(
                port: gateway.running.internalPort, "GET", InternalIdentitySettings.keysPath)
            #expect(internalKeys.json["keys"]?[0]?["kid"]?.string != keys[0]["kid"]?.string)
            #expect(try await gateway.get(InternalIdentitySettings.keysPath).status == 404)
        }
    }

    @Test("sign by the algorithm that is set, and a token names its key", arguments: Algorithm.allCases)
    func algorithms(algorithm: Algorithm) async throws {
        try await TestGateway.with(["TOKEN_ALGORITHM": algorithm.rawValue]) { gateway in
            let token = try await token(gateway)
            let header = try JSONValue.parse(
                try #require(Base64.decode(token.prefix { $0 != "." }, .url)))
            #expect(header["alg"]?.string == algorithm.rawValue && header["typ"] == "at+jwt")
            #expect(try await gateway.me(token).status == 200)
            // A secret is published nowhere.
            let ids = try await publishedIDs(gateway)
            #expect(ids == (algorithm == .hs256 ? [] : [header["kid"]?.string]))
        }
    }

    @Test("are of a new algorithm once that is set, and old tokens hold")
    func newAlgorithm() async throws {
        try await TestGateway.with { first in
            let old = try await token(first)
            let settings = ["TOKEN_ALGORITHM": "ES256", "KEY_PUBLISH_AHEAD": "0s"]
            try await TestGateway.withAnother(first, settings) { second in
                #expect(try await second.me(old).status == 200)
                let new = try await token(second)
                #expect(new.hasPrefix(Base64.encode(Array(#"{"alg":"ES256""#.utf8), .url).prefix(15)))
                #expect(try await publishedIDs(second).count == 2)
                try await eventually("the first has heard") { try await first.me(new).status == 200 }
            }
        }
    }

    @Test("are the same after a restart")
    func restart() async throws {
        try await TestGateway.with { first in
            let token = try await token(first)
            let ids = try await publishedIDs(first)
            try await TestGateway.withAnother(first) { second in
                let same = try await publishedIDs(second)
                let me = try await second.me(token)
                #expect(same == ids && me.status == 200)
            }
        }
    }

    @Test("are made once by gateways that start at the same time")
    func together() async throws {
        try await TestGateway.with { first in
            try await TestGateway.withDatabase(first) { database in
                _ = try await database.execute("DELETE FROM signing_keys")
            }
            let sets = try await withThrowingTaskGroup(of: [String].self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        let found = Locked<[String]>([])
                        try await TestGateway.withAnother(first) { gateway in
                            let ids = try await publishedIDs(gateway)
                            found.withLock { $0 = ids }
                        }
                        return found.withLock { $0 }
                    }
                }
                return try await group.reduce(into: Set<[String]>()) { $0.insert($1) }
            }
            #expect(sets.count == 1 && sets.first?.count == 1)
        }
    }

    @Test("are not to be read in the database, and open for no other key, which is said plainly")
    func sealed() async throws {
        try await TestGateway.with { first in
            let ring = try #require(try await TestGateway.rings(of: first)[.user])
            let pem = try #require(ring.entries[0].key.pem)
            let stored = try await TestGateway.withDatabase(first) { database in
                try await database.rows("SELECT sealed FROM signing_keys", as: [UInt8].self)
            }
            #expect(stored.count == 2)
            for box in stored { #expect(box.firstRange(of: Array(pem.utf8.prefix(20))) == nil) }

            let wrong = Base64.encode(SealingKey.generate().bytes)
            let error = await #expect(throws: SigningKeyStore.Failure.self) {
                try await TestGateway.withAnother(first, ["KEY_ENCRYPTION_KEY": wrong]) { _ in }
            }
            #expect("\(try #require(error))".contains("encrypted with another key than KEY_ENCRYPTION_KEY"))
            let tooShort = #expect(throws: (any Error).self) {
                try TestSettings.read(
                    GatewayService.self, ["DATABASE_URL": "postgresql://x/y", "KEY_ENCRYPTION_KEY": "c2hvcnQ="])
            }
            #expect("\(try #require(tooShort))".contains("32 random bytes as Base64"))
        }
    }

    @Test("cannot be given another's name or use by who can write to the table")
    func swapped() async throws {
        try await TestGateway.with { first in
            try await TestGateway.withDatabase(first) { database in
                _ = try await database.execute(
                    """
                    UPDATE signing_keys SET sealed = (SELECT sealed FROM signing_keys WHERE purpose = 'service')
                    WHERE purpose = 'user'
                    """)
            }
            await #expect(throws: SigningKeyStore.Failure.self) {
                try await TestGateway.withAnother(first) { _ in }
            }
        }
    }

    @Test("turn while tokens are checked: none is refused, and in the end the new one signs")
    func rotation() async throws {
        let settings = ["KEY_PUBLISH_AHEAD": "300ms", "IDENTITY_POLL_INTERVAL": "100ms"]
        try await TestGateway.with(settings) { first in
            try await TestGateway.withAnother(first, settings) { second in
                let old = try await publishedIDs(first)
                let store = try await TestGateway.rings(of: first)
                #expect(store[.user]?.entries.count == 1)
                let isDone = Locked(false)
                let failures = Locked<[String]>([])
                let count = Locked(0)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for (maker, checker) in [(first, second), (second, first)] {
                        group.addTask {
                            while !isDone.withLock({ $0 }) {
                                let token = try await token(maker)
                                let answer = try await checker.me(token)
                                if answer.status != 200 { failures.withLock { $0.append(answer.text) } }
                                count.withLock { $0 += 1 }
                            }
                        }
                    }
                    group.addTask {
                        defer { isDone.withLock { $0 = true } }
                        try await TestGateway.withDatabase(first) { database in
                            let store = SigningKeyStore(
                                database: database, sealing: TestGateway.encryptionKey,
                                timing: [.user: KeyRing.Timing(publishAhead: .milliseconds(300))])
                            let id = try await store.rotate(.user)
                            try await eventually("both sign with the new key") {
                                for gateway in [first, second] {
                                    let claims = try await token(gateway)
                                    let header = try JSONValue.parse(Base64.decode(claims.prefix { $0 != "." }, .url)!)
                                    if header["kid"]?.string != id { return false }
                                }
                                return true
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                #expect(failures.withLock { $0 } == [])
                #expect(count.withLock { $0 } > 10)
                let now = try await publishedIDs(first)
                #expect(now.count == 2 && now.contains(old[0]))
            }
        }
    }

    @Test("that are withdrawn take their tokens with them, at once and everywhere")
    func withdrawn() async throws {
        try await TestGateway.with { first in
            try await TestGateway.withAnother(first) { second in
                let token = try await token(first)
                #expect(try await second.me(token).status == 200)
                let id = try await publishedIDs(first)[0]
                try await TestGateway.withDatabase(first) { database in
                    try await SigningKeyStore(database: database, sealing: TestGateway.encryptionKey, timing: [:])
                        .withdraw(id)
                }
                for gateway in [first, second] {
                    try await eventually("it is refused") { try await gateway.me(token).status == 401 }
                }
                let new = try await self.token(first)
                #expect(try await second.me(new).status == 200)
            }
        }
    }
}

@Suite("The file of the encryption key")
struct KeyFileTests {
    @Test("is made once, for its user alone, also when many want it at the same time")
    func make() async throws {
        let folder = try ThrowAwayDirectory()
        defer { folder.remove() }
        let data = folder.path + "/data"
        let pool = BlockingPool(maximumThreads: 8)
        let keys = try await withThrowingTaskGroup(of: [UInt8].self) { group in
            for _ in 0..<32 { group.addTask { try await pool.run { try KeyFile.open(in: data).bytes } } }
            return try await group.reduce(into: Set<[UInt8]>()) { $0.insert($1) }
        }
        #expect(keys.count == 1)
        var status = stat()
        #expect(stat("\(data)/gateway/\(KeyFile.name)", &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        #expect(try FileNames.of("\(data)/gateway") == [KeyFile.name], "no draft is left")
    }

    @Test("that others can read, or that holds no key, is not taken, and the reason is said")
    func refused() throws {
        let folder = try ThrowAwayDirectory()
        defer { folder.remove() }
        _ = try KeyFile.open(in: folder.path)
        let path = "\(folder.path)/gateway/\(KeyFile.name)"
        chmod(path, 0o640)
        let readable = #expect(throws: KeyFile.Unusable.self) { try KeyFile.open(in: folder.path) }
        #expect(try #require(readable).description.contains("mode 0600"))
        chmod(path, 0o600)
        _ = truncate(path, 10)
        let broken = #expect(throws: KeyFile.Unusable.self) { try KeyFile.open(in: folder.path) }
        #expect(try #require(broken).description.contains("holds no key"))
        unlink(path)
        symlink("/dev/null", path)
        #expect(throws: KeyFile.Unusable.self) { try KeyFile.open(in: folder.path) }
    }
}

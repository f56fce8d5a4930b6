import JSON
import Loop
import Testing

@testable import Tokens

@Suite("Remembered tokens")
struct CacheTests {
    /// A clock that is set, and a count of how often the rules were asked.
    final class World: Sendable {
        let now = Locked(Minting.now)
        let asked = Locked(0)
        let revoked = Locked<Set<String>>([])

        func verifier(_ key: SigningKey) -> TokenVerifier {
            var rules = Minting.rules
            rules.isRevoked = { claims in
                self.asked.withLock { $0 += 1 }
                return self.revoked.withLock { $0.contains(claims.id ?? "") }
            }
            return TokenVerifier(keys: KeySet(key.verification), rules: rules, clock: { self.now.withLock { $0 } })
        }

        func advance(_ seconds: Int) {
            now.withLock { $0 = $0 + .seconds(seconds) }
        }

        var askedCount: Int { asked.withLock { $0 } }
    }

    private func refusal(_ token: String, _ verifier: CachedVerifier) -> TokenError? {
        do throws(TokenError) {
            _ = try verifier.verify(token)
            return nil
        } catch {
            return error
        }
    }

    @Test("A token is verified once, and never remembered past its end")
    func expiry() {
        let world = World()
        let key = Minting.key(.eddsa)
        let verifier = CachedVerifier(world.verifier(key))
        let token = Minting.token(key)
        for _ in 0..<5 { #expect(refusal(token, verifier) == nil) }
        #expect(world.askedCount == 1 && verifier.count == 1)
        world.advance(299)
        #expect(refusal(token, verifier) == nil && world.askedCount == 1)
        // Within the leeway it holds, but it is verified each time.
        world.advance(1)
        #expect(refusal(token, verifier) == nil && world.askedCount == 2 && verifier.count == 0)
        #expect(refusal(token, verifier) == nil && world.askedCount == 3)
        world.advance(30)
        #expect(refusal(token, verifier) == .expired && verifier.count == 0)
    }

    @Test("Refusals are not remembered")
    func failures() {
        let world = World()
        let key = Minting.key(.hs256)
        let verifier = CachedVerifier(world.verifier(key))
        for number in 0..<100 {
            #expect(refusal(Minting.token(key, claims: ["aud": .string("x\(number)")]), verifier) == .wrongAudience)
        }
        #expect(verifier.count == 0)
    }

    @Test("There is room for so many and no more", arguments: [0, 1, 10, 100])
    func bound(capacity: Int) {
        let world = World()
        let key = Minting.key(.hs256)
        let verifier = CachedVerifier(world.verifier(key), capacity: capacity)
        for number in 0..<500 {
            let token = Minting.token(key, claims: ["jti": .string("t\(number)")])
            #expect(refusal(token, verifier) == nil)
            #expect(verifier.count <= capacity)
        }
        #expect(verifier.count == capacity)
    }

    @Test("Other keys make everything forgotten, and the old ones worthless")
    func keyChange() throws {
        let world = World()
        let (one, two) = (Minting.key(.eddsa), Minting.key(.es256))
        let verifier = CachedVerifier(world.verifier(one))
        let token = Minting.token(one)
        #expect(refusal(token, verifier) == nil)
        verifier.replaceKeys(try KeySet([one.verification, two.verification]))
        #expect(verifier.count == 0)
        #expect(refusal(token, verifier) == nil && refusal(Minting.token(two), verifier) == nil)
        verifier.replaceKeys(KeySet(two.verification))
        #expect(refusal(token, verifier) == .unknownKey && refusal(Minting.token(two), verifier) == nil)
    }

    @Test("A revoked token is refused once it is forgotten")
    func revocation() {
        let world = World()
        let key = Minting.key(.eddsa)
        let verifier = CachedVerifier(world.verifier(key))
        let (token, other) = (Minting.token(key), Minting.token(key, claims: ["jti": "t2", "sub": "u2"]))
        #expect(refusal(token, verifier) == nil && refusal(other, verifier) == nil)
        world.revoked.withLock { $0 = ["t1"] }
        verifier.forget(id: "t1")
        #expect(verifier.count == 1)
        #expect(refusal(token, verifier) == .revoked && refusal(other, verifier) == nil)
        verifier.forget { $0.subject == "u2" }
        #expect(verifier.count == 0)
    }

    @Test("What was verified before a change is not remembered after it")
    func race() throws {
        let key = Minting.key(.hs256)
        var shard = TokenShard(Minting.verifier(key), capacity: 4)
        let token = Minting.token(key)
        let claims = try Minting.verifier(key).verify(token)
        func lookUp(_ token: String) -> TokenShard.Lookup {
            Array(token.utf8).withUnsafeBytes { shard.lookUp($0, TokenFingerprint(of: $0)) }
        }
        func remember(_ token: String, generation: Int, at now: Timestamp) {
            Array(token.utf8).withUnsafeBytes {
                shard.remember(claims, of: $0, TokenFingerprint(of: $0), generation: generation, at: now)
            }
        }
        guard case .unknown(_, let generation, let now) = lookUp(token) else {
            Issue.record("an empty shard knows a token")
            return
        }
        shard.replaceKeys(KeySet(key.verification))
        remember(token, generation: generation, at: now)
        #expect(shard.count == 0)
        remember(token, generation: generation + 1, at: now)
        guard case .known(let found) = lookUp(token) else {
            Issue.record("a remembered token is not known")
            return
        }
        #expect(found == claims)
    }

    @Test("A token that meets another one in its place is not taken for it")
    func collision() throws {
        let key = Minting.key(.hs256)
        var shard = TokenShard(Minting.verifier(key), capacity: 4)
        let (token, other) = (Array(Minting.token(key).utf8), Array(Minting.token(key, claims: ["sub": "u2"]).utf8))
        let claims = try token.withUnsafeBytes { try Minting.verifier(key).verify($0) }
        let fingerprint = token.withUnsafeBytes { TokenFingerprint(of: $0) }
        guard case .unknown(_, let generation, let now) = token.withUnsafeBytes({ shard.lookUp($0, fingerprint) })
        else {
            Issue.record("an empty shard knows a token")
            return
        }
        token.withUnsafeBytes { shard.remember(claims, of: $0, fingerprint, generation: generation, at: now) }
        // As if both had the same fingerprint: those of the same length, too.
        for candidate in [other, Array(token.dropLast()), token.dropLast() + [UInt8(ascii: "!")], []] {
            let lookup = candidate.withUnsafeBytes { shard.lookUp($0, fingerprint) }
            guard case .unknown = lookup else {
                Issue.record("taken for another")
                return
            }
        }
        guard case .known = token.withUnsafeBytes({ shard.lookUp($0, fingerprint) }) else {
            Issue.record("not known any more")
            return
        }
    }

    @Test("Many tasks at once see the same")
    func concurrency() async {
        let world = World()
        let key = Minting.key(.hs256)
        let verifier = CachedVerifier(world.verifier(key), capacity: 32)
        let tokens = (0..<64).map { Minting.token(key, claims: ["jti": .string("t\($0)")]) }
        let wrong = await withTaskGroup(of: Int.self) { group in
            for task in 0..<8 {
                group.addTask {
                    var wrong = 0
                    for round in 0..<200 {
                        let number = (task * 31 + round * 7) % tokens.count
                        let claims = try? verifier.verify(tokens[number])
                        if claims?.id != "t\(number)" { wrong += 1 }
                        if round % 50 == 0 { verifier.replaceKeys(KeySet(key.verification)) }
                    }
                    return wrong
                }
            }
            return await group.reduce(0, +)
        }
        #expect(wrong == 0 && verifier.count <= 32)
    }
}

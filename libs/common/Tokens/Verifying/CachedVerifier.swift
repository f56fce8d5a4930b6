import JSON
import Loop

/// Verifies tokens and remembers those that held, by all their bytes, until they expire at the latest.
///
///     let verifier = CachedVerifier(TokenVerifier(keys: keys, rules: rules))
///     let claims = try verifier.verify(token)
///     verifier.replaceKeys(fetched)
///
/// What is remembered is spread over shards, each behind a lock of its own, so that loops seldom meet. Refusals are not
/// remembered: they would let anybody fill the memory.
public final class CachedVerifier: Sendable {
    /// How many tokens are remembered at most.
    public static let defaultCapacity = 10_000
    private static let shardCount = 16

    private let shards: [Locked<TokenShard>]

    public init(_ verifier: TokenVerifier, capacity: Int = CachedVerifier.defaultCapacity) {
        precondition(capacity >= 0, "a cache has no negative capacity")
        let count = max(1, min(Self.shardCount, capacity))
        shards = (0..<count).map { place in
            // So that all together hold no more than the capacity.
            Locked(TokenShard(verifier, capacity: (capacity + place) / count))
        }
    }

    public func verify(_ token: String) throws(TokenError) -> Claims {
        var token = token
        let result = token.withUTF8 { bytes in
            Result { () throws(TokenError) in try verify(UnsafeRawBufferPointer(bytes)) }
        }
        return try result.get()
    }

    public func verify(_ token: UnsafeRawBufferPointer) throws(TokenError) -> Claims {
        let fingerprint = TokenFingerprint(of: token)
        let shard = shards[fingerprint.place(among: shards.count)]
        let lookup = shard.withLock { $0.lookUp(token, fingerprint) }
        switch lookup {
        case .known(let claims):
            return claims
        case .unknown(let verifier, let generation, let now):
            let claims = try verifier.verify(token, at: now)
            shard.withLock { $0.remember(claims, of: token, fingerprint, generation: generation, at: now) }
            return claims
        }
    }

    /// Verifies with other keys from now on and forgets everything that the old ones verified.
    public func replaceKeys(_ keys: KeySet) {
        for shard in shards { shard.withLock { $0.replaceKeys(keys) } }
    }

    /// Forgets a token by its `jti`, so that the next use asks the rules again whether it is revoked.
    public func forget(id: String) {
        forget { $0.id?.hasSameBytes(as: id) ?? false }
    }

    public func forget(where isForgotten: @Sendable (Claims) -> Bool) {
        for shard in shards { shard.withLock { $0.forget(where: isForgotten) } }
    }

    /// How many tokens are remembered, expired ones that nobody asked for among them.
    public var count: Int { shards.reduce(0) { $0 + $1.withLock { $0.count } } }
}

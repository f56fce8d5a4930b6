import HTTP
import JSON
import Loop
import Tokens

/// The tokens that services behind the gateway get in the place of users' tokens: each for one service, for a minute at
/// most. One is made once and used again while at least half of its life is left.
///
///     headers.append(contentsOf: try identity.internalTokens.fields(for: claims, service: "splat"))
public final class InternalTokens: Sendable {
    /// How many are kept at most.
    static let capacity = 20_000
    private static let shardCount = 16

    private let mint: TokenMint
    private let clock: @Sendable () -> Timestamp
    private let shards: [Locked<InternalTokenCache>]

    init(
        _ mint: TokenMint, capacity: Int = InternalTokens.capacity,
        clock: @escaping @Sendable () -> Timestamp = { .now }
    ) {
        self.mint = mint
        self.clock = clock
        shards = (0..<Self.shardCount).map { _ in Locked(InternalTokenCache(capacity: capacity / Self.shardCount)) }
    }

    /// The `Authorization` that says to a service what `UserTokens` has found. Its token ends no later than the user's.
    public func fields(for claims: Claims, service: String) throws -> Headers {
        let now = clock()
        guard let id = claims.id else { return try make(claims, service, at: now).fields }
        let key = InternalTokenCache.Key(tokenID: id, service: service)
        let shard = shards[Int(UInt(bitPattern: key.hashValue) % UInt(shards.count))]
        if let known = shard.withLock({ $0.fields(key, at: now) }) { return known }
        let made = try make(claims, service, at: now)
        shard.withLock { $0.keep(made, for: key, at: now) }
        return made.fields
    }

    /// After the keys have changed.
    func forgetAll() {
        for shard in shards { shard.withLock { $0.removeAll() } }
    }

    private func make(_ claims: Claims, _ service: String, at now: Timestamp) throws -> InternalTokenCache.Entry {
        let left = Duration.seconds((claims.expiry - now).components.seconds)
        let lifetime = max(.seconds(1), min(mint.settings.internalLifetime, left))
        let token = try mint.internalToken(for: claims, service: service, lifetime: lifetime)
        return InternalTokenCache.Entry(fields: ["authorization": "Bearer \(token)"], usableUntil: now + lifetime / 2)
    }
}

/// A part of the internal tokens that are in use. Pure.
struct InternalTokenCache: Sendable {
    struct Key: Hashable, Sendable {
        let tokenID: String
        let service: String
    }

    struct Entry: Sendable {
        /// Made once: making a field of a text costs more than all else here.
        let fields: Headers
        /// Half of its life.
        let usableUntil: Timestamp
    }

    private let capacity: Int
    private var entries: [Key: Entry] = [:]

    init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    var count: Int { entries.count }

    func fields(_ key: Key, at now: Timestamp) -> Headers? {
        guard let entry = entries[key], now < entry.usableUntil else { return nil }
        return entry.fields
    }

    mutating func keep(_ entry: Entry, for key: Key, at now: Timestamp) {
        if entries.count >= capacity, entries[key] == nil {
            entries = entries.filter { now < $0.value.usableUntil }
            // All are in use: half of them are made again when they are asked for.
            if entries.count >= capacity {
                for key in entries.keys.prefix(entries.count / 2 + 1) { entries[key] = nil }
            }
        }
        entries[key] = entry
    }

    mutating func removeAll() { entries.removeAll() }
}

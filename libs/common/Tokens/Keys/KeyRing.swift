import JSON

/// The keys of an issuer over time. A new key is published before it signs, so that whoever remembers the published set
/// knows it by then, and an old one is published until the last token it signed has ended.
///
///     var ring = KeyRing(try .generate(), at: .now, timing: .init(publishAhead: .seconds(600), tokenLifetime: .seconds(900)))
///     try ring.rotate(to: .generate(), at: .now)
///     let issuer = ring.signingKey(at: .now)
///
/// A value without a clock: every time is the caller's.
public struct KeyRing: Sendable {
    public struct Timing: Sendable, Hashable {
        /// How long a key is published before it signs: at least as long as others may remember the set.
        public var publishAhead: Duration
        /// The longest life of a token, and the leeway of those that verify it.
        public var tokenLifetime: Duration

        public init(publishAhead: Duration = .seconds(600), tokenLifetime: Duration = .seconds(86_400 + 60)) {
            self.publishAhead = publishAhead
            self.tokenLifetime = tokenLifetime
        }
    }

    public enum State: String, Sendable, Hashable {
        /// Known to others, does not sign yet.
        case published
        case signing
        /// Signs no more; its tokens live.
        case verifying
        /// Nothing it signed is valid.
        case retired
    }

    /// A key and its times, as they can be stored and given back.
    public struct Entry: Sendable {
        public let key: SigningKey
        public let publishedAt: Timestamp
        public let signsFrom: Timestamp
        /// When its successor takes over.
        public internal(set) var signsUntil: Timestamp?
        /// When the last token it signed has ended.
        public internal(set) var verifiesUntil: Timestamp?

        public init(
            key: SigningKey, publishedAt: Timestamp, signsFrom: Timestamp, signsUntil: Timestamp? = nil,
            verifiesUntil: Timestamp? = nil
        ) {
            self.key = key
            self.publishedAt = publishedAt
            self.signsFrom = signsFrom
            self.signsUntil = signsUntil
            self.verifiesUntil = verifiesUntil
        }

        public func state(at now: Timestamp) -> State {
            if let verifiesUntil, now >= verifiesUntil { return .retired }
            if let signsUntil, now >= signsUntil { return .verifying }
            return now < signsFrom ? .published : .signing
        }
    }

    public let timing: Timing
    public private(set) var entries: [Entry]

    /// A first key, which signs at once since nobody can know an older set.
    public init(_ key: SigningKey, at now: Timestamp, timing: Timing = Timing()) {
        self.timing = timing
        entries = [Entry(key: key, publishedAt: now, signsFrom: now)]
    }

    /// Stored entries in the order of their `signsFrom`; nil if none would ever sign or two have one id.
    public init?(_ entries: [Entry], timing: Timing = Timing()) {
        guard let last = entries.last, last.signsUntil == nil, Set(entries.map(\.key.id)).count == entries.count,
            zip(entries, entries.dropFirst()).allSatisfy({ $0.signsFrom <= $1.signsFrom })
        else { return nil }
        self.timing = timing
        self.entries = entries
    }

    /// Publishes a key now and lets it take over from the last one once others can know it.
    public mutating func rotate(to key: SigningKey, at now: Timestamp) throws(KeyError) {
        prune(at: now)
        guard !entries.contains(where: { $0.key.id == key.id }) else { throw .ambiguousID }
        // A successor that has not begun yet keeps its turn.
        let signsFrom = max(now + timing.publishAhead, entries.last!.signsFrom)
        entries[entries.count - 1].signsUntil = signsFrom
        entries[entries.count - 1].verifiesUntil = signsFrom + timing.tokenLifetime
        entries.append(Entry(key: key, publishedAt: now, signsFrom: signsFrom))
    }

    /// Takes a key out at once, whose tokens are worthless from now on; the next in line, or the given one, signs.
    public mutating func withdraw(_ id: String, replacement: SigningKey, at now: Timestamp) throws(KeyError) {
        guard let place = entries.firstIndex(where: { $0.key.id == id }) else { return }
        guard !entries.contains(where: { $0.key.id == replacement.id }) else { throw .ambiguousID }
        let wasSigning = entries[place].state(at: now) == .signing
        entries.remove(at: place)
        // In an emergency the successor signs before everybody knows it.
        if wasSigning || entries.isEmpty {
            entries.insert(Entry(key: replacement, publishedAt: now, signsFrom: now), at: place)
            if place + 1 < entries.count {
                entries[place].signsUntil = entries[place + 1].signsFrom
                entries[place].verifiesUntil = entries[place + 1].signsFrom + timing.tokenLifetime
            }
        } else if place == entries.count {
            entries[place - 1].signsUntil = nil
            entries[place - 1].verifiesUntil = nil
        } else if place > 0 {
            entries[place - 1].signsUntil = entries[place].signsFrom
            entries[place - 1].verifiesUntil = entries[place].signsFrom + timing.tokenLifetime
        }
    }

    /// Forgets keys whose tokens have all ended.
    public mutating func prune(at now: Timestamp) {
        entries.removeAll { $0.state(at: now) == .retired }
    }

    public func signingKey(at now: Timestamp) -> SigningKey {
        // Before the first one's time only it can be meant.
        (entries.last { $0.signsFrom <= now } ?? entries[0]).key
    }

    /// What is published: the keys to come, the one that signs, and those whose tokens live.
    public func keySet(at now: Timestamp) -> KeySet {
        let keys = entries.filter { $0.state(at: now) != .retired }.map(\.key.verification)
        guard let set = try? KeySet(keys) else { preconditionFailure("a ring has two keys of one id") }
        return set
    }

    /// When a key next begins to sign or is retired; nil if nothing will change.
    public func nextChange(after now: Timestamp) -> Timestamp? {
        entries.flatMap { [$0.signsFrom, $0.verifiesUntil].compactMap { $0 } }.filter { $0 > now }.min()
    }
}

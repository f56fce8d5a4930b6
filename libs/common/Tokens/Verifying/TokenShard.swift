import Glibc
import JSON

/// A part of the verified tokens. A pure value: what time it is comes from the verifier's clock.
struct TokenShard: Sendable {
    enum Lookup: Sendable {
        case known(Claims)
        /// What to verify with, and what to say when the outcome is to be remembered.
        case unknown(TokenVerifier, generation: Int, now: Timestamp)
    }

    private struct Entry: Sendable {
        var fingerprint: TokenFingerprint
        /// The whole of it: the signature's second valid value is another token.
        var token: [UInt8]
        var claims: Claims
        /// Set by each use, cleared when somebody else's place was looked for: the second chance.
        var wasUsed: Bool
    }

    private var verifier: TokenVerifier
    private let capacity: Int
    /// Moves on with every change of keys and every invalidation, so that an outcome from before is not remembered.
    private var generation = 0
    private var entries: [Entry] = []
    private var places: [TokenFingerprint: Int] = [:]
    private var hand = 0

    init(_ verifier: TokenVerifier, capacity: Int) {
        self.verifier = verifier
        self.capacity = capacity
    }

    var count: Int { entries.count }

    mutating func lookUp(_ token: UnsafeRawBufferPointer, _ fingerprint: TokenFingerprint) -> Lookup {
        let now = verifier.clock()
        if let place = places[fingerprint], isSame(token, at: place) {
            if now < entries[place].claims.expiry {
                entries[place].wasUsed = true
                return .known(entries[place].claims)
            }
            remove(at: place)
        }
        return .unknown(verifier, generation: generation, now: now)
    }

    private func isSame(_ token: UnsafeRawBufferPointer, at place: Int) -> Bool {
        entries[place].token.withUnsafeBytes { known in
            guard let one = known.baseAddress, let other = token.baseAddress else { return false }
            return known.count == token.count && memcmp(one, other, known.count) == 0
        }
    }

    /// Leeway is for clocks that differ, not for living longer: what has expired is not remembered.
    mutating func remember(
        _ claims: Claims, of token: UnsafeRawBufferPointer, _ fingerprint: TokenFingerprint, generation: Int,
        at now: Timestamp
    ) {
        guard generation == self.generation, capacity > 0, now < claims.expiry, places[fingerprint] == nil else {
            return
        }
        let entry = Entry(fingerprint: fingerprint, token: Array(token), claims: claims, wasUsed: false)
        guard entries.count >= capacity else {
            places[fingerprint] = entries.count
            entries.append(entry)
            return
        }
        let place = placeToGive(at: now)
        places[entries[place].fingerprint] = nil
        places[fingerprint] = place
        entries[place] = entry
    }

    mutating func replaceKeys(_ keys: KeySet) {
        verifier = verifier.with(keys: keys)
        forget { _ in true }
    }

    mutating func forget(where isForgotten: (Claims) -> Bool) {
        generation += 1
        entries.removeAll { isForgotten($0.claims) }
        places.removeAll(keepingCapacity: true)
        for (place, entry) in entries.enumerated() { places[entry.fingerprint] = place }
        hand = 0
    }

    /// The first one that has expired or was not used since the hand last came by.
    private mutating func placeToGive(at now: Timestamp) -> Int {
        while true {
            let place = hand % entries.count
            hand = place + 1
            if !entries[place].wasUsed || now >= entries[place].claims.expiry { return place }
            entries[place].wasUsed = false
        }
    }

    private mutating func remove(at place: Int) {
        places[entries[place].fingerprint] = nil
        let last = entries.removeLast()
        guard place < entries.count else { return }
        entries[place] = last
        places[last.fingerprint] = place
    }
}

import JSON

/// Something whose tokens are refused although they are not over: one token, a session, or what a user had by then.
struct Revocation: Sendable, Equatable {
    let id: String
    /// When it was revoked. A user's later tokens are good again.
    let at: Timestamp
    /// When the last token that it is about has ended.
    let until: Timestamp

    /// One token, by its `jti`; or all of a session, by the family of its refresh tokens.
    static func token(_ id: String, at now: Timestamp = .now, until: Timestamp) -> Revocation {
        Revocation(id: id, at: now, until: until)
    }

    static func user(_ id: Int, at now: Timestamp = .now, until: Timestamp) -> Revocation {
        Revocation(id: "user:\(id)", at: now, until: until)
    }
}

/// What is revoked, in bounded memory. When there is too much, the entries that end first go, and every token that ends
/// with them or before is refused from then on: whoever has one signs in again, and no revoked one comes back.
struct RevocationSet: Sendable {
    private struct Entry {
        var at: Timestamp
        var until: Timestamp
    }

    private let capacity: Int
    private var entries: [String: Entry] = [:]
    /// Every token that ends by then is refused.
    private(set) var floor = Timestamp(seconds: 0)

    init(capacity: Int) {
        self.capacity = max(8, capacity)
    }

    var count: Int { entries.count }

    /// Whether it says something new.
    mutating func insert(_ revocation: Revocation, at now: Timestamp) -> Bool {
        guard revocation.until > now else { return false }
        if let entry = entries[revocation.id], entry.until >= revocation.until, entry.at >= revocation.at {
            return false
        }
        let known = entries[revocation.id]
        entries[revocation.id] = Entry(
            at: max(revocation.at, known?.at ?? revocation.at),
            until: max(revocation.until, known?.until ?? revocation.until))
        if entries.count > capacity { makeRoom(at: now) }
        return true
    }

    func refuses(tokenID: String?, subject: String?, issuedAt: Timestamp?, expiry: Timestamp) -> Bool {
        if expiry <= floor { return true }
        if entries.isEmpty { return false }
        if let tokenID {
            if entries[tokenID] != nil { return true }
            if let session = TokenID.session(of: tokenID), entries[session] != nil { return true }
        }
        guard let subject, let entry = entries["user:" + subject] else { return false }
        return issuedAt.map { $0 <= entry.at } ?? true
    }

    /// Forgets what has ended.
    mutating func sweep(at now: Timestamp) {
        entries = entries.filter { $0.value.until > now }
    }

    private mutating func makeRoom(at now: Timestamp) {
        sweep(at: now)
        guard entries.count > capacity else { return }
        let earliest = entries.sorted { $0.value.until < $1.value.until }.prefix(capacity / 8 + 1)
        for (id, _) in earliest { entries[id] = nil }
        if let last = earliest.last { floor = max(floor, last.value.until) }
    }
}

/// The `jti` of our tokens: random, with the session's name before it where there is one.
enum TokenID {
    static func make(session: String?, random: String) -> String {
        session.map { "\($0).\(random)" } ?? random
    }

    static func session(of id: String) -> String? {
        id.firstIndex(of: ".").map { String(id[..<$0]) }
    }
}

import Crypto
import JSON
import Postgres
import Tokens

/// The rings of signing keys in the database, each key sealed. Any number of gateways share them: who changes a ring holds
/// a lock while it does, and tells the others.
struct SigningKeyStore: Sendable {
    enum Failure: Error, CustomStringConvertible {
        /// The sealed keys are not of this encryption key.
        case wrongEncryptionKey
        /// The rows make no ring.
        case inconsistent(KeyPurpose)
        case noSuchKey(String)

        var description: String {
            switch self {
            case .wrongEncryptionKey:
                "the signing keys in the database are encrypted with another key than KEY_ENCRYPTION_KEY (or the file "
                    + "in DATA_DIR) has: set the key that they were made with"
            case .inconsistent(let purpose): "the signing keys in the database (\(purpose.rawValue)) make no sequence"
            case .noSuchKey(let id): "there is no key \(id): see gateway keys list"
            }
        }
    }

    let database: Database
    let sealing: SealingKey
    let timing: [KeyPurpose: KeyRing.Timing]

    /// Both rings as they are stored.
    func load() async throws -> [KeyPurpose: KeyRing] {
        try await database.transaction(TransactionKind(isReadOnly: true)) { transaction in
            try await load(transaction)
        }
    }

    /// The rings, with a first key where there is none, and a new one where the last has another algorithm than wanted.
    func prepare(_ algorithms: [KeyPurpose: Algorithm]) async throws -> [KeyPurpose: KeyRing] {
        try await database.transaction { transaction in
            try await lock(transaction)
            var rings = try await load(transaction)
            for (purpose, algorithm) in algorithms {
                if let ring = rings[purpose], ring.entries.last?.key.algorithm == algorithm { continue }
                let new = try NewKey(algorithm)
                if rings[purpose] == nil {
                    rings[purpose] = KeyRing(new.key, at: .now, timing: timing(of: purpose))
                } else {
                    try rings[purpose]?.rotate(to: new.key, at: .now)
                }
                try await save(rings[purpose]!, purpose, new, transaction)
            }
            return rings
        }
    }

    /// Publishes a new key of the last one's algorithm, which signs once others can know it. Answers its id.
    func rotate(_ purpose: KeyPurpose) async throws -> String {
        try await change(purpose) { ring, new in try ring.rotate(to: new, at: .now) }
    }

    /// Takes a key out at once: every token that it signed is worthless from now on.
    func withdraw(_ id: String) async throws {
        let rings = try await load()
        guard let purpose = KeyPurpose.allCases.first(where: { rings[$0]?.has(id) ?? false }) else {
            throw Failure.noSuchKey(id)
        }
        _ = try await change(purpose) { ring, new in try ring.withdraw(id, replacement: new, at: .now) }
    }

    private func change(
        _ purpose: KeyPurpose, _ body: @escaping @Sendable (inout KeyRing, SigningKey) throws -> Void
    ) async throws -> String {
        try await database.transaction { transaction in
            try await lock(transaction)
            guard var ring = try await load(transaction)[purpose], let last = ring.entries.last else {
                throw Failure.inconsistent(purpose)
            }
            let new = try NewKey(last.key.algorithm)
            try body(&ring, new.key)
            try await save(ring, purpose, new, transaction)
            return new.key.id
        }
    }

    private func timing(of purpose: KeyPurpose) -> KeyRing.Timing { timing[purpose] ?? KeyRing.Timing() }

    private func lock(_ transaction: Transaction) async throws {
        try await transaction.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('gateway.signing_keys.' || current_schema(), 0))")
    }

    private func load(_ statements: some Statements) async throws -> [KeyPurpose: KeyRing] {
        let rows = try await statements.rows(
            """
            SELECT key_id, purpose, algorithm, sealed, published_at, signs_from, signs_until, verifies_until
            FROM signing_keys ORDER BY purpose, signs_from, published_at
            """, as: StoredKey.self)
        var rings: [KeyPurpose: KeyRing] = [:]
        for purpose in KeyPurpose.allCases {
            let entries = try rows.filter { $0.purpose == purpose }.map { try $0.entry(sealing) }
            guard !entries.isEmpty else { continue }
            guard let ring = KeyRing(entries, timing: timing(of: purpose)) else { throw Failure.inconsistent(purpose) }
            rings[purpose] = ring
        }
        return rings
    }

    private func save(
        _ ring: KeyRing, _ purpose: KeyPurpose, _ new: NewKey, _ transaction: Transaction
    ) async throws {
        for entry in ring.entries {
            let (id, algorithm) = (entry.key.id, entry.key.algorithm)
            if id == new.key.id {
                try await transaction.execute(
                    """
                    INSERT INTO signing_keys (
                        key_id, purpose, algorithm, sealed, published_at, signs_from, signs_until, verifies_until)
                    VALUES (\(id), \(purpose), \(algorithm.rawValue), \(new.sealed(sealing, purpose)),
                        \(entry.publishedAt), \(entry.signsFrom), \(entry.signsUntil), \(entry.verifiesUntil))
                    """)
            } else {
                try await transaction.execute(
                    """
                    UPDATE signing_keys SET signs_until = \(entry.signsUntil), verifies_until = \(entry.verifiesUntil)
                    WHERE key_id = \(id)
                    """)
            }
        }
        try await transaction.execute(
            "DELETE FROM signing_keys WHERE purpose = \(purpose) AND key_id <> ALL(\(ring.entries.map(\.key.id)))")
        try await transaction.execute("SELECT pg_notify(\(fragment: IdentitySignal.channel), 'k')")
    }
}

/// A key with what can be stored of it.
private struct NewKey: Sendable {
    let key: SigningKey
    private let material: [UInt8]

    init(_ algorithm: Algorithm) throws {
        if algorithm.isSymmetric {
            material = SecureRandom.bytes(VerificationKey.minimumSecretBytes)
            key = try SigningKey(secret: material)
        } else {
            key = try .generate(algorithm)
            material = Array((key.pem ?? "").utf8)
        }
    }

    func sealed(_ sealing: SealingKey, _ purpose: KeyPurpose) -> [UInt8] {
        sealing.seal(material, for: StoredKey.context(key.id, purpose, key.algorithm))
    }
}

private struct StoredKey: Decodable, Sendable {
    let keyID: String
    let purpose: KeyPurpose
    let algorithm: String
    let sealed: [UInt8]
    let publishedAt: Timestamp
    let signsFrom: Timestamp
    let signsUntil: Timestamp?
    let verifiesUntil: Timestamp?

    enum CodingKeys: String, CodingKey {
        case keyID = "key_id"
        case purpose, algorithm, sealed
        case publishedAt = "published_at"
        case signsFrom = "signs_from"
        case signsUntil = "signs_until"
        case verifiesUntil = "verifies_until"
    }

    /// Bound to the box, so that who can write to the table cannot give a key another's name or use.
    static func context(_ id: String, _ purpose: KeyPurpose, _ algorithm: Algorithm) -> String {
        "signing key \(purpose.rawValue) \(algorithm.rawValue) \(id)"
    }

    func entry(_ sealing: SealingKey) throws -> KeyRing.Entry {
        guard let algorithm = Algorithm(rawValue: algorithm),
            let material = sealing.open(sealed, for: Self.context(keyID, purpose, algorithm))
        else { throw SigningKeyStore.Failure.wrongEncryptionKey }
        let key =
            algorithm.isSymmetric
            ? try SigningKey(secret: material, id: keyID)
            : try SigningKey(pem: String(decoding: material, as: UTF8.self), id: keyID)
        return KeyRing.Entry(
            key: key, publishedAt: publishedAt, signsFrom: signsFrom, signsUntil: signsUntil,
            verifiesUntil: verifiesUntil)
    }
}

extension KeyRing {
    func has(_ id: String) -> Bool { entries.contains { $0.key.id == id } }
}

import JSON
import Loop
import Tokens

/// The rings of signing keys that this gateway works with.
final class SigningKeys: Sendable {
    private let rings: Locked<[KeyPurpose: KeyRing]>
    private let store: SigningKeyStore

    /// Makes the first keys where there are none. Throws when the stored ones cannot be opened.
    static func open(_ store: SigningKeyStore, algorithm: Algorithm) async throws -> SigningKeys {
        SigningKeys(store, try await store.prepare([.user: algorithm, .service: .eddsa]))
    }

    private init(_ store: SigningKeyStore, _ rings: [KeyPurpose: KeyRing]) {
        self.store = store
        self.rings = Locked(rings)
    }

    func reload() async throws {
        let loaded = try await store.load()
        rings.withLock { rings in
            for (purpose, ring) in loaded { rings[purpose] = ring }
        }
    }

    /// What signs now.
    func key(_ purpose: KeyPurpose) -> SigningKey {
        ring(purpose).signingKey(at: .now)
    }

    /// What is published now.
    func keySet(_ purpose: KeyPurpose) -> KeySet {
        ring(purpose).keySet(at: .now)
    }

    private func ring(_ purpose: KeyPurpose) -> KeyRing {
        guard let ring = rings.withLock({ $0[purpose] }) else { preconditionFailure("a ring was prepared at start") }
        return ring
    }
}

import Crypto
import JSON

/// What is remembered of a sign-in that a browser has begun: sealed in a cookie, so that any gateway can finish it and
/// nobody can make one up.
struct PendingSignIn: Codable, Sendable, Equatable {
    var state: String
    var nonce: String
    /// The secret whose hash went to the provider (RFC 7636).
    var verifier: String
    var returnTo: String
    var expiresAt: Timestamp

    static let lifetime = Duration.seconds(600)
    private static let purpose = "pending sign-in"

    static func begin(returnTo: String, at now: Timestamp) -> PendingSignIn {
        PendingSignIn(
            state: random(), nonce: random(), verifier: random(), returnTo: returnTo, expiresAt: now + lifetime)
    }

    /// `S256` of RFC 7636.
    var challenge: String { Base64.encode(SHA256.hash(verifier), .url) }

    func sealed(by key: SealingKey) -> String {
        guard let bytes = try? JSONWriter().encode(self) else { preconditionFailure("five texts are not written") }
        return Base64.encode(key.seal(bytes, for: Self.purpose), .url)
    }

    /// Nil unless it is ours and not too old.
    init?(_ text: String, key: SealingKey, at now: Timestamp) {
        guard let box = Base64.decode(text, .url), let bytes = key.open(box, for: Self.purpose),
            let pending = try? JSONReader().decode(PendingSignIn.self, from: bytes), now < pending.expiresAt
        else { return nil }
        self = pending
    }

    init(state: String, nonce: String, verifier: String, returnTo: String, expiresAt: Timestamp) {
        self.state = state
        self.nonce = nonce
        self.verifier = verifier
        self.returnTo = returnTo
        self.expiresAt = expiresAt
    }

    private static func random() -> String { Base64.encode(SecureRandom.bytes(32), .url) }
}

/// Where a browser goes after it has signed in: a path of ours, and nothing that a browser would take for another place.
enum ReturnPath {
    static func isSafe(_ text: String) -> Bool {
        guard (1...1024).contains(text.utf8.count), text.hasPrefix("/"), !text.hasPrefix("//") else { return false }
        return text.utf8.allSatisfy { (0x21...0x7e).contains($0) && $0 != UInt8(ascii: "\\") }
    }
}

/// Why a key or a set of keys is not taken.
public enum KeyError: String, Error, Sendable, Hashable, CaseIterable {
    case malformed = "key_malformed"
    /// A kind, curve or algorithm that we do not speak.
    case unsupported = "key_unsupported"
    /// `use` or `key_ops` say that it is for something else.
    case notForSignatures = "key_not_for_signatures"
    /// RSA under 2048 bits, a secret under 32 bytes, an exponent of one.
    case tooWeak = "key_too_weak"
    /// Made by a generator whose keys can be broken (ROCA, CVE-2017-15361).
    case vulnerable = "key_vulnerable"
    case tooLarge = "key_too_large"
    case malformedID = "key_id_malformed"
    /// Two keys of one id, so that a token does not say which it means.
    case ambiguousID = "key_id_ambiguous"
    /// A set of secrets that has public keys too.
    case mixedSet = "key_set_mixed"
    case tooManyKeys = "key_set_too_many_keys"

    public var code: String { rawValue }
}

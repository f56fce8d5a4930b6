import JSON

/// The keys that tokens of one issuer may be signed with, each with its own id.
public struct KeySet: Sendable {
    public struct Limits: Sendable, Hashable {
        public var maximumKeys: Int
        public var maximumBytes: Int

        public init(maximumKeys: Int = 32, maximumBytes: Int = 256 << 10) {
            self.maximumKeys = maximumKeys
            self.maximumBytes = maximumBytes
        }
    }

    /// Which keys a JWKS is read for. What is published has no secrets, so one that has is never taken from there.
    public enum Content: Sendable {
        case publicKeys, secrets
    }

    public let keys: [VerificationKey]
    /// Why keys of a JWKS were left out, in the order in which they came.
    public let skipped: [KeyError]

    /// Keys of the same id are refused.
    public init(_ keys: [VerificationKey]) throws(KeyError) {
        for (place, key) in keys.enumerated() where keys[..<place].contains(where: { $0.id == key.id }) {
            throw .ambiguousID
        }
        self.keys = keys
        skipped = []
    }

    /// No keys, so that every token is refused.
    public static let empty = KeySet(keys: [], skipped: [])

    private init(keys: [VerificationKey], skipped: [KeyError]) {
        self.keys = keys
        self.skipped = skipped
    }

    public init(_ key: VerificationKey) {
        keys = [key]
        skipped = []
    }

    /// Reads a JWKS (RFC 7517). Keys that we do not speak, that are for something else or unfit are left out, and all
    /// keys of an id that is there twice.
    public init(
        jwks bytes: some Collection<UInt8>, content: Content = .publicKeys, limits: Limits = Limits()
    ) throws(KeyError) {
        guard bytes.count <= limits.maximumBytes else { throw .tooLarge }
        let reading = JSONReader.Limits(maximumDepth: 16, maximumBytes: limits.maximumBytes)
        guard let document = try? JSONValue.parse(bytes, limits: reading), let entries = document["keys"]?.array else {
            throw .malformed
        }
        guard entries.count <= limits.maximumKeys else { throw .tooManyKeys }
        var found: [VerificationKey] = []
        var skipped: [KeyError] = []
        var counts: [String: Int] = [:]
        for entry in entries {
            do throws(KeyError) {
                guard let jwk = entry.object else { throw KeyError.malformed }
                let isSecret = jwk["kty"]?.string == "oct"
                guard isSecret || content == .publicKeys else { throw KeyError.mixedSet }
                guard !isSecret || content == .secrets else { throw KeyError.unsupported }
                found.append(try VerificationKey(jwk: jwk))
            } catch {
                guard error != .mixedSet else { throw .mixedSet }
                skipped.append(error)
                // One that was meant for signatures makes its id ambiguous, be it as broken as it may.
                if error != .unsupported, error != .notForSignatures, let id = entry["kid"]?.string {
                    counts[id, default: 0] += 1
                }
            }
        }
        for key in found { counts[key.id, default: 0] += 1 }
        keys = found.filter { counts[$0.id] == 1 }
        self.skipped = skipped + Array(repeating: .ambiguousID, count: found.count - keys.count)
    }

    public subscript(id: String) -> VerificationKey? {
        keys.first { $0.id.hasSameBytes(as: id) }
    }

    /// The public keys as a JWKS; secrets are left out.
    public func jwks() -> [UInt8] {
        let keys = keys.compactMap(\.jwk).map(JSONValue.object)
        guard let bytes = try? (["keys": .array(keys)] as JSONValue).serialise() else {
            preconditionFailure("a set of keys is not written")
        }
        return bytes
    }
}

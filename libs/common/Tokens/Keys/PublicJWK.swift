import Crypto
import JSON

/// The members of a public JWK (RFC 7517, RFC 7518, RFC 8037) that say which key it is, in the order of their names.
struct PublicJWK {
    let members: [(name: String, value: String)]

    init(_ key: SignatureKey) {
        func text(_ bytes: [UInt8]?) -> String { Base64.encode(bytes ?? [], .url) }
        switch key.kind {
        case .ed25519:
            members = [("crv", "Ed25519"), ("kty", "OKP"), ("x", text(key.ed25519Public))]
        case .p256:
            let point = key.p256Coordinates
            members = [("crv", "P-256"), ("kty", "EC"), ("x", text(point?.x)), ("y", text(point?.y))]
        case .rsa:
            let numbers = key.rsaNumbers
            members = [("e", text(numbers?.exponent)), ("kty", "RSA"), ("n", text(numbers?.modulus))]
        }
    }

    /// The SHA-256 of these members alone (RFC 7638).
    var thumbprint: String {
        // No value has a character that JSON would escape.
        let text = members.map { "\"\($0.name)\":\"\($0.value)\"" }.joined(separator: ",")
        return Base64.encode(SHA256.hash("{\(text)}"), .url)
    }
}

extension VerificationKey {
    /// The key as a public JWK; nil for a secret.
    public var jwk: JSONObject? {
        guard case .public(let key) = material else { return nil }
        var object = JSONObject()
        for member in PublicJWK(key).members { object[member.name] = .string(member.value) }
        object["use"] = "sig"
        object["alg"] = .string(algorithm.rawValue)
        object["kid"] = .string(id)
        return object
    }

    /// Reads a public JWK, or one with a secret (`oct`). Private members of a public key are not looked at.
    public init(jwk: JSONObject) throws(KeyError) {
        let jwk = JWKReader(jwk)
        let id = try jwk.text("kid")
        let algorithm = try jwk.text("alg").map { name throws(KeyError) in
            guard let algorithm = Algorithm(rawValue: name) else { throw KeyError.unsupported }
            return algorithm
        }
        guard try jwk.text("use") ?? "sig" == "sig", try jwk.texts("key_ops")?.contains("verify") ?? true else {
            throw .notForSignatures
        }
        switch try (jwk.text("kty"), jwk.text("crv")) {
        case ("OKP", "Ed25519"):
            guard let key = SignatureKey(ed25519: try jwk.bytes("x")) else { throw .malformed }
            try self.init(key, id: id)
        case ("EC", "P-256"):
            guard let key = SignatureKey(p256X: try jwk.bytes("x"), y: try jwk.bytes("y")) else { throw .malformed }
            try self.init(key, id: id)
        case ("RSA", nil):
            let (modulus, exponent) = (try jwk.bytes("n"), try jwk.bytes("e"))
            try RSARules.check(modulus: modulus, exponent: exponent)
            guard let key = SignatureKey(rsaModulus: modulus, exponent: exponent) else { throw .malformed }
            try self.init(key, id: id)
        case ("oct", nil):
            try self.init(secret: try jwk.bytes("k"), id: id)
        case (nil, _):
            throw .malformed
        default:
            throw .unsupported
        }
        guard algorithm ?? self.algorithm == self.algorithm else { throw .unsupported }
    }
}

/// Members of a JWK by name; one of a wrong type makes the key malformed.
private struct JWKReader {
    private let object: JSONObject

    init(_ object: JSONObject) {
        self.object = object
    }

    func text(_ name: String) throws(KeyError) -> String? {
        do { return try object.text(MemberName(name)) } catch { throw .malformed }
    }

    func texts(_ name: String) throws(KeyError) -> [String]? {
        do { return try object.texts(MemberName(name)) } catch { throw .malformed }
    }

    func bytes(_ name: String) throws(KeyError) -> [UInt8] {
        guard let text = try text(name), let bytes = Base64.decode(text, .url) else { throw .malformed }
        return bytes
    }
}

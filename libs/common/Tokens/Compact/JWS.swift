import Crypto

/// Compact JWS (RFC 7515): bytes with a header and a signature, no claims.
public enum JWS {
    /// The payload, if the signature is the key's and the header names the key's algorithm and no extension. A key that
    /// the header names is compared with the one given.
    public static func verify(
        _ token: String, with key: VerificationKey, maximumBytes: Int = 1 << 20
    ) throws(TokenError) -> [UInt8] {
        var token = token
        let result = token.withUTF8 { bytes in
            Result { () throws(TokenError) in
                try verify(UnsafeRawBufferPointer(bytes), with: key, maximumBytes: maximumBytes)
            }
        }
        return try result.get()
    }

    private static func verify(
        _ token: UnsafeRawBufferPointer, with key: VerificationKey, maximumBytes: Int
    ) throws(TokenError) -> [UInt8] {
        let token = try CompactToken(token, maximumBytes: maximumBytes)
        let header = try TokenHeader(token.decodedHeader())
        if let id = header.keyID, !id.hasSameBytes(as: key.id) { throw .unknownKey }
        guard header.algorithm == key.algorithm else { throw .wrongAlgorithm }
        try token.checkSignature(with: key)
        return try token.decodedPayload()
    }

    /// Signs bytes under a header with algorithm, key and type.
    public static func sign(_ payload: [UInt8], with key: SigningKey, type: String) -> String {
        let header = TokenHeader.text(algorithm: key.algorithm, keyID: key.id, type: type)
        return sign(payload, with: key, header: header)
    }

    static func sign(_ payload: [UInt8], with key: SigningKey, header: String) -> String {
        var token = header + "." + Base64.encode(payload, .url)
        let signature = token.withUTF8 { key.sign(UnsafeRawBufferPointer($0)) }
        return token + "." + Base64.encode(signature, .url)
    }
}

import Crypto

/// AWS Signature Version 4.
///
/// Checked byte for byte against botocore's own cases.
struct SignatureV4 {
    static let algorithm = "AWS4-HMAC-SHA256"

    let keys: SigningKeys

    init(_ credentials: ObjectCredentials, region: String, service: String = "s3") {
        keys = SigningKeys(credentials, SigningScope(region: region, service: service))
    }

    func stringToSign(_ request: CanonicalRequest, at date: SigningDate) -> [UInt8] {
        Self.stringToSign(request.bytes, at: date, scope: keys.key(at: date).scope)
    }

    /// In hexadecimal digits.
    func signature(_ request: CanonicalRequest, at date: SigningDate) -> String {
        let key = keys.key(at: date)
        return Hex.encode(
            key.mac.authenticate(Self.stringToSign(request.bytes, at: date, scope: key.scope)))
    }

    /// The value of the `authorization` header.
    func authorization(_ request: CanonicalRequest, at date: SigningDate) -> String {
        let scope = String(decoding: keys.key(at: date).scope, as: UTF8.self)
        let names = String(decoding: request.signedHeaders, as: UTF8.self)
        return "\(Self.algorithm) Credential=\(keys.credentials.accessKey)/\(scope), SignedHeaders=\(names), "
            + "Signature=\(signature(request, at: date))"
    }

    static func stringToSign(_ request: [UInt8], at date: SigningDate, scope: [UInt8]) -> [UInt8] {
        var text = prefix
        text.reserveCapacity(160)
        text.append(contentsOf: date.text)
        text.append(UInt8(ascii: "\n"))
        text.append(contentsOf: scope)
        text.append(UInt8(ascii: "\n"))
        HexDigits.append(SHA256.hash(request), to: &text)
        return text
    }

    private static let prefix = Array("\(algorithm)\n".utf8)
}

enum HexDigits {
    static func append(_ bytes: [UInt8], to text: inout [UInt8]) {
        for byte in bytes {
            text.append(digit(byte >> 4))
            text.append(digit(byte & 15))
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x61 + value - 10 }
}

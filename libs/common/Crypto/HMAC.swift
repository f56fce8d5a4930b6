import COpenSSL

/// HMAC with SHA-256 by OpenSSL.
public enum HMAC {
    public static func sha256(key: [UInt8], _ message: UnsafeRawBufferPointer) -> [UInt8] {
        SHA256.digest { digest in
            key.withUnsafeBytes { key in
                // OpenSSL takes no pointer for "the key of last time", so an empty key must still have an address.
                let address = key.baseAddress ?? UnsafeRawPointer(digest)
                return copenssl_hmac_sha256(address, key.count, message.baseAddress, message.count, digest)
            }
        }
    }

    public static func sha256(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        message.withUnsafeBytes { sha256(key: key, $0) }
    }

    public static func sha256(key: [UInt8], _ message: String) -> [UInt8] {
        var message = message
        return message.withUTF8 { sha256(key: key, UnsafeRawBufferPointer($0)) }
    }
}

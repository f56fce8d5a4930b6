import COpenSSL

/// SHA-256 by OpenSSL.
public struct SHA256: ~Copyable {
    public static let byteCount = 32
    private let context: OpaquePointer

    public static func hash(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        digest { copenssl_sha256(bytes.baseAddress, bytes.count, $0) }
    }

    /// Writes the 32 bytes of the digest.
    public static func hash(_ bytes: UnsafeRawBufferPointer, into digest: UnsafeMutablePointer<UInt8>) {
        precondition(copenssl_sha256(bytes.baseAddress, bytes.count, digest) == 1, "OpenSSL refused SHA-256")
    }

    public static func hash(_ bytes: [UInt8]) -> [UInt8] {
        bytes.withUnsafeBytes { hash($0) }
    }

    public static func hash(_ text: String) -> [UInt8] {
        var text = text
        return text.withUTF8 { hash(UnsafeRawBufferPointer($0)) }
    }

    /// Begins a hash over what comes in pieces.
    public init() {
        guard let context = copenssl_sha256_begin() else { fatalError("OpenSSL has no memory for a hash") }
        self.context = context
    }

    deinit {
        EVP_MD_CTX_free(context)
    }

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        precondition(EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1, "OpenSSL refused a hash")
    }

    public mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    public consuming func finish() -> [UInt8] {
        Self.digest { EVP_DigestFinal_ex(context, $0, nil) }
    }

    static func digest(_ write: (UnsafeMutablePointer<UInt8>) -> Int32) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
            precondition(write(buffer.baseAddress!) == 1, "OpenSSL refused SHA-256")
            count = byteCount
        }
    }
}

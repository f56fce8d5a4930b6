import COpenSSL

extension HMAC {
    /// A key that is prepared once and used often, by any number of threads.
    ///
    /// Unchecked because the C key behind it is made for concurrent use and the pointer never changes.
    public final class Key: @unchecked Sendable {
        private let key: OpaquePointer

        public init(_ bytes: [UInt8]) {
            let key = bytes.withUnsafeBytes { bytes in
                // An empty key must have an address nonetheless.
                withUnsafeBytes(of: UInt8(0)) { empty in
                    copenssl_mac_key_new(bytes.baseAddress ?? empty.baseAddress!, bytes.count)
                }
            }
            guard let key else { fatalError("OpenSSL has no memory for a key") }
            self.key = key
        }

        deinit {
            copenssl_mac_key_free(key)
        }

        /// Writes the 32 bytes of the code of two pieces, one after the other.
        public func authenticate(
            _ head: UnsafeRawBufferPointer, _ tail: UnsafeRawBufferPointer = .init(start: nil, count: 0),
            into code: UnsafeMutablePointer<UInt8>
        ) {
            let done = copenssl_mac_key_code(
                key, head.baseAddress, head.count, tail.baseAddress, tail.count, code)
            precondition(done == 1, "OpenSSL refused an HMAC")
        }

        public func authenticate(_ message: [UInt8]) -> [UInt8] {
            [UInt8](unsafeUninitializedCapacity: SHA256.byteCount) { code, count in
                message.withUnsafeBytes { authenticate($0, into: code.baseAddress!) }
                count = SHA256.byteCount
            }
        }
    }
}

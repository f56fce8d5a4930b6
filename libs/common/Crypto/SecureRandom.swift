import COpenSSL

/// Random bytes that nobody can guess.
public enum SecureRandom {
    public static func bytes(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            precondition(
                count == 0 || RAND_bytes(buffer.baseAddress!, Int32(count)) == 1, "OpenSSL has no random bytes")
            filled = count
        }
    }
}

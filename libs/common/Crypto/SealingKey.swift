import COpenSSL

/// Seals bytes so that nobody without the key can read or change them: AES-256-GCM under a random nonce.
///
///     let key = SealingKey.generate()
///     let box = key.seal(secret, for: "signing key 7")
///     let opened = key.open(box, for: "signing key 7")
///
/// A box opens only for the purpose that it was sealed for, so that none can stand in for another. Random nonces are good
/// for 2^32 boxes of one key.
public struct SealingKey: Sendable {
    public static let byteCount = 32
    /// What a box has beside what is in it: the nonce before, the tag behind.
    public static let overhead = nonceCount + 16
    private static let nonceCount = 12

    /// The key itself, which whoever stores it keeps secret.
    public let bytes: [UInt8]

    /// Nil unless there are 32 bytes.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }

    private init(checked bytes: [UInt8]) {
        self.bytes = bytes
    }

    public static func generate() -> SealingKey {
        SealingKey(checked: SecureRandom.bytes(byteCount))
    }

    /// A key of its own for another use, which gives nothing away of this one.
    public func derived(for use: String) -> SealingKey {
        SealingKey(checked: HMAC.sha256(key: bytes, Array("pentad sealing key: \(use)".utf8)))
    }

    public func seal(_ message: [UInt8], for purpose: String) -> [UInt8] {
        seal(message, context: Array(purpose.utf8), nonce: SecureRandom.bytes(Self.nonceCount))
    }

    /// Nil unless this key sealed the box for this purpose.
    public func open(_ box: [UInt8], for purpose: String) -> [UInt8]? {
        open(box, context: Array(purpose.utf8))
    }

    func open(_ box: [UInt8], context: [UInt8]) -> [UInt8]? {
        guard box.count >= Self.overhead else { return nil }
        let count = box.count - Self.overhead
        var isOurs = false
        // An empty message must have an address nonetheless.
        let message = [UInt8](unsafeUninitializedCapacity: max(1, count)) { text, filled in
            isOurs = box.withUnsafeBufferPointer { box in
                let start = box.baseAddress!
                return copenssl_open(
                    bytes, start, context, context.count, start + Self.nonceCount, box.count - Self.nonceCount,
                    text.baseAddress!) == 1
            }
            filled = isOurs ? count : 0
        }
        return isOurs ? message : nil
    }

    func seal(_ message: [UInt8], context: [UInt8], nonce: [UInt8]) -> [UInt8] {
        precondition(nonce.count == Self.nonceCount, "a nonce has 12 bytes")
        let tagCount = Self.overhead - Self.nonceCount
        let sealed = [UInt8](unsafeUninitializedCapacity: message.count + tagCount) { box, count in
            let done = copenssl_seal(
                bytes, nonce, context, context.count, message, message.count, box.baseAddress!)
            precondition(done == 1, "OpenSSL refused to seal")
            count = message.count + tagCount
        }
        return nonce + sealed
    }
}

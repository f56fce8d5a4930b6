import Crypto
import Glibc

/// A token cut at its dots, where it lies.
struct CompactToken {
    let header: UnsafeRawBufferPointer
    let payload: UnsafeRawBufferPointer
    let signature: UnsafeRawBufferPointer
    /// Header, dot and payload.
    let signed: UnsafeRawBufferPointer

    /// Other characters than those of base64url and the two dots are met when the parts are decoded.
    init(_ token: UnsafeRawBufferPointer, maximumBytes: Int) throws(TokenError) {
        guard token.count <= maximumBytes else { throw .tooLarge }
        guard let first = Self.dot(in: token),
            let second = Self.dot(in: UnsafeRawBufferPointer(rebasing: token[(first + 1)...]))
        else { throw .malformed }
        header = UnsafeRawBufferPointer(rebasing: token[..<first])
        payload = UnsafeRawBufferPointer(rebasing: token[(first + 1)..<(first + 1 + second)])
        signature = UnsafeRawBufferPointer(rebasing: token[(first + second + 2)...])
        signed = UnsafeRawBufferPointer(rebasing: token[..<(first + 1 + second)])
    }

    private static func dot(in bytes: UnsafeRawBufferPointer) -> Int? {
        guard let start = bytes.baseAddress, let place = memchr(start, Int32(UInt8(ascii: ".")), bytes.count) else {
            return nil
        }
        return UnsafeRawPointer(place) - start
    }

    func decodedHeader() throws(TokenError) -> [UInt8] {
        guard !header.isEmpty, let bytes = Base64.decode(header, .url) else { throw .malformed }
        return bytes
    }

    func decodedPayload() throws(TokenError) -> [UInt8] {
        guard let bytes = Base64.decode(payload, .url) else { throw .malformed }
        return bytes
    }

    /// Throws unless the signature is the key's.
    func checkSignature(with key: VerificationKey) throws(TokenError) {
        guard let count = Base64.decodedCount(signature, .url) else { throw .malformed }
        // Decoded even where the length is wrong already, to tell what is malformed from what is not ours.
        let isValid: Bool? = withUnsafeTemporaryAllocation(byteCount: count, alignment: 8) { room in
            guard Base64.decode(signature, .url, into: room) else { return nil }
            return count == key.signatureCount && key.isSignature(UnsafeRawBufferPointer(room), of: signed)
        }
        guard let isValid else { throw .malformed }
        guard isValid else { throw .wrongSignature }
    }
}

import Crypto

/// Where a page ended: the last key or folder, made opaque.
enum DiskContinuation {
    static func text(_ last: [UInt8]) -> String { Base64.encode(last, .url) }

    static func last(_ text: String) throws(ObjectError) -> [UInt8] {
        guard text.utf8.count <= ObjectKey.maximumBytes * 2, let bytes = Base64.decode(text, .url),
            KeyPrefix(String(decoding: bytes, as: UTF8.self)) != nil
        else { throw .invalidRequest("the continuation is not one of ours") }
        return bytes
    }
}

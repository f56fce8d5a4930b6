import Crypto

/// What a webhook's signature covers: id, time and body, with dots between.
struct WebhookMessage {
    let prefix: [UInt8]

    /// Nil for an id that cannot be told from what follows it, or that is no header's value.
    init?(id: String, seconds: Int64) {
        guard Self.isID(id) else { return nil }
        prefix = Array("\(id).\(seconds).".utf8)
    }

    static let maximumIDBytes = 256

    /// Visible ASCII without the dot, which parts it from the time.
    static func isID(_ id: String) -> Bool {
        (1...maximumIDBytes).contains(id.utf8.count)
            && id.utf8.allSatisfy { 0x21..<0x7f ~= $0 && $0 != UInt8(ascii: ".") }
    }

    func code(of body: UnsafeRawBufferPointer, by key: HMAC.Key) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: WebhookSecret.codeCount) { code, count in
            prefix.withUnsafeBytes { key.authenticate($0, body, into: code.baseAddress!) }
            count = WebhookSecret.codeCount
        }
    }

    /// Ed25519 reads its message twice, so it must lie in one piece.
    func inOnePiece(with body: UnsafeRawBufferPointer) -> [UInt8] {
        prefix + body
    }
}

import Crypto
import JSON

@testable import Tokens

private let now = Timestamp(seconds: 1_790_000_000)
private let key = try! SigningKey(secret: Array("0123456789abcdef0123456789abcdef".utf8), id: "k")
private let verifier = TokenVerifier(
    keys: KeySet(key.verification), rules: .init(issuers: ["i"], audience: "a"), clock: { now })
private let secret = try! WebhookSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")

/// Any bytes as a token, as a header, as claims that are well signed, and as a key set: both readers of objects find the
/// same, what is taken reads back, and a set is written as it was read.
func fuzzJWT(_ bytes: UnsafeRawBufferPointer) {
    let input = Array(bytes)
    if let claims = try? verifier.verify(bytes) { checkClaims(claims) }
    _ = try? TokenHeader(input)
    checkReaders(input)
    let token = JWS.sign(input, with: key, type: "at+jwt")
    if let claims = try? verifier.verify(token) { checkClaims(claims) }
    if let keys = try? KeySet(jwks: input) {
        guard let again = try? KeySet(jwks: keys.jwks()) else { preconditionFailure("a set is not read again") }
        precondition(again.keys.map(\.id) == keys.keys.map(\.id) && again.skipped.isEmpty)
    }
}

private func checkClaims(_ claims: Claims) {
    let all = claims.all
    precondition(claims.issuer == "i" && claims.audience.contains("a"))
    precondition(claims.subject.map(SafeText.isIdentifier) ?? false && claims.roles.allSatisfy(SafeText.isIdentifier))
    precondition(all["sub"]?.string == claims.subject && all["exp"]?.int.map(Int64.init) == claims.expiry.seconds)
    precondition((all["roles"]?.array ?? []).compactMap(\.string) == claims.roles)
}

/// What the reader of flat objects takes must be JSON, with the same members.
private func checkReaders(_ input: [UInt8]) {
    withUnsafeTemporaryAllocation(of: FlatObject.Member.self, capacity: FlatObject.maximumMembers) { room in
        input.withUnsafeBytes { bytes in
            guard let flat = FlatObject(bytes, room: room.baseAddress!) else { return }
            guard let object = (try? JSONValue.parse(bytes))?.object else {
                preconditionFailure("a flat object is no JSON")
            }
            for name in object.names.map(MemberName.init) + [.subject, .audience, .expiry] {
                precondition(flat.has(name) == object.has(name) && flat.isText(name) == object.isText(name))
                precondition((try? flat.text(name)) == (try? object.text(name)))
                precondition((try? flat.integer(name)) == (try? object.integer(name)))
                let (one, other): ([String]??, [String]??) = (try? flat.texts(name), try? object.texts(name))
                precondition(one == other)
            }
        }
    }
}

/// Any text as the three headers, one a line, and as a secret.
func fuzzWebhook(_ bytes: UnsafeRawBufferPointer) {
    let text = String(decoding: bytes, as: UTF8.self)
    let lines = text.split(separator: "\n", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
    if let signatures = WebhookSignatures(text) {
        precondition(signatures.codes.count + signatures.signatures.count <= WebhookSignatures.maximumSignatures)
    }
    if let other = try? WebhookSecret(text) { precondition(other.text == text) }
    guard lines.count == 4, let seconds = WebhookSignatures.seconds(lines[1]) else { return }
    let time = Timestamp(seconds: seconds)
    let verifier = WebhookVerifier([secret], clock: { time })
    let (id, body) = (lines[0], Array(lines[3].utf8))
    try? verifier.verify(WebhookHeaders(id: id, timestamp: lines[1], signature: lines[2]), body: body)
    guard let headers = try? WebhookSigner([secret])?.sign(id: id, at: time, body: body) else { return }
    do { try verifier.verify(headers, body: body) } catch {
        preconditionFailure("our own webhook is refused: \(error)")
    }
}

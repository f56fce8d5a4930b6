import Crypto
import HTTP
import JSON

/// Decides whether a request carries a valid permission of ours.
struct PresignedCheck: Sendable {
    /// How far a signer's clock may be ahead of ours.
    static let skew = Duration.seconds(15 * 60)

    let keys: SigningKeys
    /// What `host` may have been when the URL was made. Never the request's own: a proxy may have changed it, and a client
    /// may say anything.
    let authorities: [String]

    /// What was permitted.
    struct Permission: Sendable {
        let query: PresignedQuery
        /// The body must have this SHA-256, where the signature says so.
        let payload: [UInt8]?
    }

    func check(
        _ method: Method, path: [UInt8], query raw: String?, _ headers: Headers, now: Timestamp
    ) throws(ObjectRefusal) -> Permission {
        let query: PresignedQuery
        do throws(PresignedQuery.Problem) { query = try PresignedQuery(raw) } catch { throw ObjectRefusal(error) }
        try checkTime(query, now)
        try checkSigner(query)
        let signed = try signedHeaders(query, headers)
        let (payload, digest) = try payload(headers)
        let key = keys.key(at: query.date)
        var isValid = false
        for authority in authorities {
            let request = CanonicalRequest(
                method: method.rawValue, path: path, query: query.canonical, headers: signed + [("host", authority)],
                payload: payload)
            let text = SignatureV4.stringToSign(request.bytes, at: query.date, scope: key.scope)
            let signature = Hex.encode(key.mac.authenticate(text))
            // Every one is computed, so that the time tells nothing.
            isValid = ConstantTime.equal(signature, query.signature) || isValid
        }
        guard isValid else { throw .signatureDoesNotMatch }
        return Permission(query: query, payload: digest)
    }

    private func checkTime(_ query: PresignedQuery, _ now: Timestamp) throws(ObjectRefusal) {
        guard query.date.time <= now + Self.skew else { throw .notYetValid }
        guard now < query.date.time + .seconds(query.lifeSeconds) else { throw .expired }
    }

    private func checkSigner(_ query: PresignedQuery) throws(ObjectRefusal) {
        let credentials = keys.credentials
        guard ConstantTime.equal(query.accessKey, credentials.accessKey) else { throw .unknownKey }
        guard ConstantTime.equal(query.securityToken ?? "", credentials.sessionToken ?? "") else {
            throw .unknownKey
        }
        guard Array(query.scope.utf8) == keys.scope.text(query.date) else {
            throw .malformedQuery("X-Amz-Credential is for another day, region or service")
        }
    }

    /// The values of the signed headers but for `host`. Every `x-amz-*` header must be among them: it would change what
    /// the request does.
    private func signedHeaders(
        _ query: PresignedQuery, _ headers: Headers
    ) throws(ObjectRefusal) -> [(name: String, value: String)] {
        var unsigned: String?
        headers.forEach { name, _ in
            let name = name.lowercased()
            if name.hasPrefix("x-amz-"), !query.signedHeaders.contains(name) { unsigned = unsigned ?? name }
        }
        if let unsigned { throw .unsignedHeader(unsigned) }
        var signed: [(name: String, value: String)] = []
        for name in query.signedHeaders where name != "host" {
            let values = headers.values(name)
            guard !values.isEmpty else { throw .signatureDoesNotMatch }
            for value in values { signed.append((name, value)) }
        }
        return signed
    }

    private func payload(
        _ headers: Headers
    ) throws(ObjectRefusal) -> (CanonicalRequest.Payload, digest: [UInt8]?) {
        guard let text = headers["x-amz-content-sha256"], text != "UNSIGNED-PAYLOAD" else { return (.unsigned, nil) }
        guard let digest = Hex.decode(text), digest.count == SHA256.byteCount else {
            throw .notImplemented("x-amz-content-sha256: \(text)")
        }
        return (.named(Array(text.utf8)), digest)
    }
}

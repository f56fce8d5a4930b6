import Crypto
import Loop

/// What a signature is valid for besides the request: day, region, service.
struct SigningScope: Sendable, Equatable {
    let region: String
    let service: String

    /// `20150830/us-east-1/s3/aws4_request`
    func text(_ date: SigningDate) -> [UInt8] {
        var text = Array(date.day)
        text.append(UInt8(ascii: "/"))
        text.append(contentsOf: region.utf8)
        text.append(UInt8(ascii: "/"))
        text.append(contentsOf: service.utf8)
        text.append(contentsOf: "/aws4_request".utf8)
        return text
    }
}

/// The day's signing key, derived once a day.
final class SigningKeys: Sendable {
    struct Key: Sendable {
        let mac: HMAC.Key
        let scope: [UInt8]
        /// `accessKey/scope`, percent-encoded for a query.
        let credential: [UInt8]
    }

    private struct Cached {
        var day: Int64 = .min
        var key: Key?
    }

    let credentials: ObjectCredentials
    let scope: SigningScope
    private let cached = Locked(Cached())

    init(_ credentials: ObjectCredentials, _ scope: SigningScope) {
        self.credentials = credentials
        self.scope = scope
    }

    func key(at date: SigningDate) -> Key {
        let day = date.seconds / 86_400
        return cached.withLock { cached in
            if cached.day == day, let key = cached.key { return key }
            let key = derive(date)
            cached = Cached(day: day, key: key)
            return key
        }
    }

    private func derive(_ date: SigningDate) -> Key {
        let ofDay = HMAC.sha256(key: Array("AWS4\(credentials.secretKey)".utf8), Array(date.day))
        let ofRegion = HMAC.sha256(key: ofDay, scope.region)
        let ofService = HMAC.sha256(key: ofRegion, scope.service)
        let text = scope.text(date)
        return Key(
            mac: HMAC.Key(HMAC.sha256(key: ofService, "aws4_request")), scope: text,
            credential: AWSEncoding.encoded(Array(credentials.accessKey.utf8) + [UInt8(ascii: "/")] + text))
    }
}

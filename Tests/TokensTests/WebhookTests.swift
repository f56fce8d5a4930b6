import Crypto
import JSON
import Testing

@testable import Tokens

@Suite("Webhooks")
struct WebhookTests {
    static let body = Array(#"{"type":"job.succeeded","id":"j1"}"#.utf8)
    /// The example of the specification's own libraries.
    static let secret = try! WebhookSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    static let now = Timestamp(seconds: 1_614_265_330)

    private func refusal(
        _ headers: WebhookHeaders, _ secrets: [WebhookSecret] = [secret], at now: Timestamp = now,
        body: [UInt8] = body
    ) -> WebhookError? {
        do throws(WebhookError) {
            try WebhookVerifier(secrets, clock: { now }).verify(headers, body: body)
            return nil
        } catch {
            return error
        }
    }

    @Test("The signature is the one of the specification's libraries")
    func known() throws {
        let signer = try #require(WebhookSigner([Self.secret]))
        let headers = try signer.sign(
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek", at: Self.now, body: Array(#"{"test": 2432232314}"#.utf8))
        #expect(headers.signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
        #expect(headers.fields.map(\.name) == ["webhook-id", "webhook-timestamp", "webhook-signature"])
    }

    @Test("A secret is replaced with an overlap, in both kinds")
    func rotation() throws {
        let (new, pair) = (WebhookSecret.generate(), WebhookSecret.generatePair())
        let half = try #require(pair.publicHalf)
        let headers = try #require(WebhookSigner([Self.secret, new, pair])).sign(
            id: "e1", at: Self.now, body: Self.body)
        #expect(headers.signature.split(separator: " ").count == 3)
        for secrets in [[Self.secret], [new], [half], [WebhookSecret.generate(), new]] {
            #expect(refusal(headers, secrets) == nil)
        }
        #expect(refusal(headers, [WebhookSecret.generate()]) == .wrongSignature)
        #expect(refusal(headers, [WebhookSecret.generatePair().publicHalf!]) == .wrongSignature)
        #expect(refusal(headers, []) == .wrongSignature)
        #expect(refusal(headers, [half], body: Self.body + [10]) == .wrongSignature)
        #expect(WebhookSigner([half]) == nil && WebhookSigner([]) == nil)
    }

    @Test("Time and body and id are covered")
    func coverage() throws {
        let headers = try #require(WebhookSigner([Self.secret])).sign(id: "e1", at: Self.now, body: Self.body)
        func with(id: String? = nil, timestamp: String? = nil, signature: String? = nil) -> WebhookHeaders {
            WebhookHeaders(
                id: id ?? headers.id, timestamp: timestamp ?? headers.timestamp,
                signature: signature ?? headers.signature)
        }
        #expect(refusal(headers) == nil)
        #expect(refusal(headers, body: []) == .wrongSignature)
        #expect(refusal(with(id: "e2")) == .wrongSignature)
        #expect(refusal(with(timestamp: String(Self.now.seconds + 1))) == .wrongSignature)
        #expect(refusal(headers, at: Self.now + .seconds(300)) == nil)
        #expect(refusal(headers, at: Self.now + .seconds(301)) == .tooOld)
        #expect(refusal(headers, at: Self.now - .seconds(300)) == nil)
        #expect(refusal(headers, at: Self.now - .seconds(301)) == .tooNew)
        for id in ["", "a.b", "a b", "a\n", "é", String(repeating: "a", count: 257)] {
            #expect(refusal(with(id: id)) == .malformedID)
        }
        for time in ["", "-1", "+1", "01", "1e9", "1614265330.0", " 1614265330", "9999999999999"] {
            #expect(refusal(with(timestamp: time)) == .malformedTimestamp)
        }
        let code = String(headers.signature.dropFirst(3))
        for signature in ["", "v1", code, "v1,", "v1," + code.dropLast(), "v1,AAAA", "v1a,\(code)", " v1,\(code)"] {
            #expect(refusal(with(signature: signature)) == .malformedSignature, "\(signature)")
        }
        #expect(refusal(with(signature: "v2,\(code)")) == .wrongSignature)
        #expect(refusal(with(signature: "v2,x v1,\(code)")) == nil)
        #expect(
            refusal(with(signature: Array(repeating: "v9,x", count: 17).joined(separator: " "))) == .malformedSignature)
        let verifier = WebhookVerifier([Self.secret], clock: { Self.now })
        #expect(throws: WebhookError.missingHeader) { try verifier.verify(body: Self.body) { _ in nil } }
    }

    @Test("A dot does not move from the id to the time")
    func ambiguity() throws {
        let signer = try #require(WebhookSigner([Self.secret]))
        #expect(throws: WebhookError.malformedID) { try signer.sign(id: "a.1", at: Self.now, body: Self.body) }
    }

    @Test(
        "Secrets are of the right kind and size",
        arguments: [
            ("whsec_AAAA", WebhookSecret.Failure.wrongSize), ("whsec_", .wrongSize), ("AAAA", .unknownPrefix),
            ("whsec", .unknownPrefix), ("whsec_not base64", .malformed), ("whpk_AAAA", .wrongSize),
            ("whsk_AAAA", .wrongSize), ("WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", .unknownPrefix),
            ("whsec_" + Base64.encode([UInt8](repeating: 1, count: 65)), .wrongSize),
            ("whsk_" + Base64.encode([UInt8](repeating: 1, count: 64)), .malformed),
        ])
    func secrets(text: String, failure: WebhookSecret.Failure) {
        #expect(throws: failure) { try WebhookSecret(text) }
    }
}

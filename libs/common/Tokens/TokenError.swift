/// Why a token is refused. The raw value is a code that does not change; no text repeats anything of the token.
public enum TokenError: String, Error, Sendable, Hashable, CaseIterable {
    case tooLarge = "token_too_large"
    /// Not three parts of base64url.
    case malformed = "token_malformed"
    case malformedHeader = "token_header_malformed"
    case unsupportedAlgorithm = "token_algorithm_unsupported"
    /// An algorithm that is known, but not the key's.
    case wrongAlgorithm = "token_algorithm_wrong"
    case unsupportedExtension = "token_extension_unsupported"
    case missingType = "token_type_missing"
    case wrongType = "token_type_wrong"
    case missingKeyID = "token_key_missing"
    case unknownKey = "token_key_unknown"
    case wrongSignature = "token_signature_wrong"
    case malformedClaims = "token_claims_malformed"
    case wrongIssuer = "token_issuer_wrong"
    case wrongAudience = "token_audience_wrong"
    case missingSubject = "token_subject_missing"
    case missingExpiry = "token_expiry_missing"
    case expired = "token_expired"
    case notYetValid = "token_not_yet_valid"
    case issuedInFuture = "token_issued_in_future"
    case missingIssueTime = "token_issue_time_missing"
    case livesTooLong = "token_lives_too_long"
    /// A claim that becomes a header has characters that do not belong there.
    case unsafeClaim = "token_claim_unsafe"
    case revoked = "token_revoked"

    public var code: String { rawValue }
}

extension TokenError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .tooLarge: "the token is too large"
        case .malformed: "the token is not a compact JWS: three parts of base64url"
        case .malformedHeader: "the token's header is malformed"
        case .unsupportedAlgorithm: "the token's algorithm is not supported"
        case .wrongAlgorithm: "the token's algorithm is not its key's"
        case .unsupportedExtension: "the token demands an extension that is not supported"
        case .missingType: "the token has no type"
        case .wrongType: "the token is of another type"
        case .missingKeyID: "the token names no key"
        case .unknownKey: "the token names an unknown key"
        case .wrongSignature: "the token's signature is wrong"
        case .malformedClaims: "the token's claims are malformed"
        case .wrongIssuer: "the token is from another issuer"
        case .wrongAudience: "the token is for another audience"
        case .missingSubject: "the token has no subject"
        case .missingExpiry: "the token has no time of expiry"
        case .expired: "the token has expired"
        case .notYetValid: "the token is not valid yet"
        case .issuedInFuture: "the token was issued in the future"
        case .missingIssueTime: "the token has no time of issue"
        case .livesTooLong: "the token lives longer than is allowed"
        case .unsafeClaim: "a claim of the token has characters that are not allowed"
        case .revoked: "the token is revoked"
        }
    }
}

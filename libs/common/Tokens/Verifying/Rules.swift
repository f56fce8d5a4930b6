import JSON

extension TokenVerifier {
    /// What a token must be beside well signed.
    public struct Rules: Sendable {
        /// Any one of these must be its `iss`.
        public var issuers: [String]
        /// Must be its `aud` or among them.
        public var audience: String
        /// What its `typ` may be, with or without `application/` before it; tokens of our own issuer have the first.
        public var types: [String]
        /// Whether a token without a `typ` is refused, as those of our own always are; other issuers often write none.
        public var requiresType: Bool
        /// Whether a token without a `kid` is refused; else it is checked with the set's only key of its algorithm.
        public var requiresKeyID: Bool
        /// How far clocks may be apart.
        public var leeway: Duration
        public var maximumBytes: Int
        /// The longest time from `iat` to `exp`; nil for any.
        public var maximumLifetime: Duration?
        public var requiresSubject: Bool
        /// Further claims that are copied into headers, and must be fit for that as `sub`, `jti` and roles must.
        public var headerClaims: [String]
        /// Asked once a token is right otherwise; a cached one is not asked about again (see `CachedVerifier.forget`).
        public var isRevoked: (@Sendable (Claims) -> Bool)?

        public init(
            issuers: [String], audience: String, types: [String] = ["at+jwt"], requiresType: Bool = true,
            requiresKeyID: Bool = true,
            leeway: Duration = .seconds(30), maximumBytes: Int = 8192, maximumLifetime: Duration? = nil,
            requiresSubject: Bool = true,
            headerClaims: [String] = [], isRevoked: (@Sendable (Claims) -> Bool)? = nil
        ) {
            self.issuers = issuers
            self.audience = audience
            self.types = types
            self.requiresType = requiresType
            self.requiresKeyID = requiresKeyID
            self.leeway = leeway
            self.maximumBytes = maximumBytes
            self.maximumLifetime = maximumLifetime
            self.requiresSubject = requiresSubject
            self.headerClaims = headerClaims
            self.isRevoked = isRevoked
        }

        /// Media types are compared without regard to case (RFC 7515, 4.1.9).
        func accepts(type: String) -> Bool {
            guard type.utf8.allSatisfy({ $0 < 0x80 }) else { return false }
            let type = type.lowercased()
            return types.contains { accepted in
                let accepted = accepted.lowercased()
                return type == accepted || type == "application/" + accepted
            }
        }
    }
}

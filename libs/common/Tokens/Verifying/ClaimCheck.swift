import JSON

/// Holds claims to the rules. An object, so that nothing of the rules is copied for each token.
final class ClaimCheck: Sendable {
    private let issuers: [String]
    private let audience: String
    /// Divided once: durations are 128 bits wide.
    private let leeway: Int64
    private let maximumLifetime: Duration?
    private let requiresSubject: Bool
    private let headerClaims: [MemberName]

    init(_ rules: TokenVerifier.Rules) {
        issuers = rules.issuers
        audience = rules.audience
        leeway = rules.leeway.components.seconds * 1_000_000 + rules.leeway.components.attoseconds / 1_000_000_000_000
        maximumLifetime = rules.maximumLifetime
        requiresSubject = rules.requiresSubject
        headerClaims = rules.headerClaims.map(MemberName.init)
    }

    /// Everything but revocation, in the order in which a reader of a refusal wants to know.
    @inline(__always)
    func check(_ source: some MemberSource, at now: Timestamp) throws(TokenError) -> TokenTimes {
        do {
            guard try source.text(.issuer, isOurIssuer) ?? false else { throw TokenError.wrongIssuer }
            guard try isForUs(source) else { throw TokenError.wrongAudience }
            let times = try TokenTimes(source)
            try check(times, at: now)
            guard try source.text(.subject, SafeText.isIdentifier) ?? !requiresSubject else {
                throw source.has(.subject) ? TokenError.unsafeClaim : .missingSubject
            }
            guard try source.text(.id, SafeText.isIdentifier) ?? true,
                try source.texts(.roles, SafeText.isIdentifier) ?? true,
                try source.text(.scope, SafeText.isScope) ?? true
            else { throw TokenError.unsafeClaim }
            if !headerClaims.isEmpty { try checkHeaderClaims(source) }
            return times
        } catch let error as TokenError {
            throw error
        } catch {
            throw .malformedClaims
        }
    }

    @inline(__always)
    private func isOurIssuer(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        issuers.contains { $0.withBytes(text.isEqual) }
    }

    @inline(__always)
    private func isForUs(_ source: some MemberSource) throws(WrongMember) -> Bool {
        let isOurs = { (text: UnsafeBufferPointer<UInt8>) in self.audience.withBytes(text.isEqual) }
        if source.isText(.audience) { return try source.text(.audience, isOurs) ?? false }
        // The list goes on until it has us.
        return try source.texts(.audience) { !isOurs($0) } == false
    }

    @inline(__always)
    private func check(_ times: TokenTimes, at now: Timestamp) throws(TokenError) {
        guard now.microseconds - leeway < times.expiry.microseconds else { throw .expired }
        let latest = now.microseconds + leeway
        if let notBefore = times.notBefore, notBefore.microseconds > latest { throw .notYetValid }
        if let issuedAt = times.issuedAt, issuedAt.microseconds > latest { throw .issuedInFuture }
        guard let maximumLifetime else { return }
        guard let issuedAt = times.issuedAt else { throw .missingIssueTime }
        guard times.expiry <= issuedAt + maximumLifetime else { throw .livesTooLong }
    }

    private func checkHeaderClaims(_ source: some MemberSource) throws {
        for name in headerClaims {
            guard source.isText(name) || !source.has(name),
                try source.text(name, SafeText.isIdentifier) ?? true
            else { throw TokenError.unsafeClaim }
        }
    }
}

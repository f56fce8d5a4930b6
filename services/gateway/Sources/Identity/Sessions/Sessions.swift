import HTTP
import JSON
import Postgres
import Tokens

/// Signing in, refreshing and signing out: what each changes in the database is one transaction with its line in the log.
struct Sessions: Sendable {
    /// What a client gets.
    struct SignedIn: Sendable {
        let user: User
        let token: TokenMint.Made
        let refresh: RefreshTokens.Made?
    }

    /// How somebody came to sign in.
    struct Attempt: Sendable {
        let method: SignInLog.Method
        let address: String
    }

    let database: Database
    let mint: TokenMint
    let refreshTokens: RefreshTokens
    let revocations: Revocations
    let log: SignInLog

    func signIn(_ person: Person, _ attempt: Attempt, withSession: Bool) async throws -> SignedIn {
        let entry = SignInLog.Entry(account: person.keycloakID, method: attempt.method, address: attempt.address)
        do {
            let (user, refresh) = try await database.transaction(.repeatable) {
                transaction -> (User, RefreshTokens.Made?) in
                let user = try await UserStore(database: database).signIn(person, transaction)
                let refresh = withSession ? try await refreshTokens.begin(user.userID, transaction) : nil
                var entry = entry
                entry.userID = user.userID
                try await log.write(entry, transaction)
                return (user, refresh)
            }
            return SignedIn(user: user, token: try mint.token(for: user, session: refresh?.family), refresh: refresh)
        } catch let refusal as SignInRefusal {
            await refuse(entry, refusal)
            throw refusal
        }
    }

    /// A new token for an old one, which is used up.
    func refresh(_ token: String, _ attempt: Attempt) async throws -> SignedIn {
        var entry = SignInLog.Entry(account: "", method: attempt.method, address: attempt.address)
        let (rotation, signedIn) = try await database.transaction {
            transaction -> (RefreshTokens.Rotation, SignedIn?) in
            let rotation = try await refreshTokens.rotate(token, transaction)
            switch rotation {
            case .unknown: return (rotation, nil)
            case .reused(let family, _):
                try await revocations.record(ended(family), transaction)
                return (rotation, nil)
            case .rotated(let next, let userID):
                guard let user = try await UserStore(database: database).user(userID, transaction) else {
                    return (rotation, nil)
                }
                // Made before another may end the user's tokens, so that it is none of those made later.
                let token = try mint.token(for: user, session: next.family)
                return (rotation, SignedIn(user: user, token: token, refresh: next))
            }
        }
        switch rotation {
        case .rotated(_, let userID):
            entry.userID = userID
            guard let signedIn else {
                await refuse(entry, .disabled)
                throw SignInRefusal.disabled
            }
            return signedIn
        case .reused(let family, let userID):
            revocations.add([ended(family)])
            entry.userID = userID
            await refuse(entry, .reusedRefreshToken)
            throw SignInRefusal.reusedRefreshToken
        case .unknown:
            await refuse(entry, .unknownRefreshToken)
            throw SignInRefusal.unknownRefreshToken
        }
    }

    /// Ends the token, the session that it is of, and the session of the refresh token.
    func signOut(claims: Claims?, refreshToken: String?, everywhere: Bool, _ attempt: Attempt) async throws {
        let userID = claims?.subject.flatMap { Int($0) }
        // Its tokens may be of two users, and another may hold those in the other order.
        let revoked = try await database.transaction(.repeatable) { transaction -> [Revocation] in
            var revoked: [Revocation] = []
            if let claims, let id = claims.id {
                if let session = TokenID.session(of: id) {
                    try await refreshTokens.end(family: session, transaction)
                    revoked.append(ended(session))
                } else {
                    revoked.append(.token(id, until: claims.expiry + TokenSettings.leeway * 2))
                }
            }
            if let refreshToken, let family = try await refreshTokens.family(of: refreshToken, transaction) {
                try await refreshTokens.end(family: family, transaction)
                if !revoked.contains(where: { $0.id == family }) { revoked.append(ended(family)) }
            }
            if everywhere, let userID {
                try await refreshTokens.endAll(of: userID, transaction)
                revoked.append(.user(userID, until: .now + mint.settings.longestLife))
            }
            for revocation in revoked { try await revocations.record(revocation, transaction) }
            let account = claims?.subject ?? ""
            let entry = SignInLog.Entry(
                userID: userID, account: account, method: attempt.method, address: attempt.address)
            try await log.write(entry, transaction)
            return revoked
        }
        revocations.add(revoked)
    }

    private func refuse(_ entry: SignInLog.Entry, _ refusal: SignInRefusal) async {
        var entry = entry
        entry.outcome = refusal.rawValue
        await log.refuse(entry)
    }

    /// Every token of the session, to the last one that could have been made by now.
    private func ended(_ family: String) -> Revocation {
        .token(family, until: .now + mint.settings.sessionLifetime + TokenSettings.leeway * 2)
    }
}

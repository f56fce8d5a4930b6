import Configuration
import HTTP
import Tokens

/// Who sent a request, by the token that the gateway made for this service alone. Nothing else counts: a request that did
/// not come through the gateway, or came with another service's token, is nobody's.
///
///     let identity = InternalIdentity(configuration.identity, service: "photos", context)
///     routes.on(.get, "/photos") { request in
///         let caller = try await identity.caller(of: request)
///         ...
///     }
public final class InternalIdentity: Sendable {
    private let verifier: RemoteVerifier
    private let keys: RemoteKeys
    private let fetch: DocumentFetch

    /// Nothing is fetched before it is needed, so that services start in any order.
    public init(_ settings: InternalIdentitySettings, service: String, _ context: ServiceContext) {
        let fetch = DocumentFetch()
        keys = RemoteKeys(loops: context.loops, logger: context.logger) {
            switch settings.keys {
            case .published(let url): try await fetch.keys(url.description)
            case .fixed(let keys): keys
            }
        }
        self.fetch = fetch
        let rules = TokenVerifier.Rules(
            issuers: [settings.issuer], audience: service, maximumLifetime: InternalIdentitySettings.maximumLifetime)
        verifier = RemoteVerifier(keys, rules: rules)
    }

    /// The caller; else 401, or 503 while the gateway's keys cannot be had.
    public func caller(of request: Request) async throws(ServiceError) -> Caller {
        let token = try BearerTokens.token(of: request.headers)
        do {
            return Caller(try await verifier.verify(token))
        } catch let error as TokenError {
            throw error.serviceError
        } catch {
            throw ServiceError(
                .serviceUnavailable, "identity_unavailable", "tokens cannot be checked; try again soon",
                headers: ["retry-after": "1"], cause: error)
        }
    }

    /// Whether tokens can be checked.
    public var readinessCheck: ReadinessCheck {
        ReadinessCheck("identity") { [keys] in try await keys.prepare() }
    }

    public func stop() {
        keys.stop()
        fetch.shutDown()
    }
}

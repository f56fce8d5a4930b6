import Loop
import Telemetry
import Tokens

/// A key set that somebody else publishes: fetched when it is first needed, again when it has grown old and when a token
/// names a key that is not in it, which whoever sends such tokens can cause only so often.
///
///     let keys = RemoteKeys(loops: loops, logger: logger) { try await fetch("https://sso.example/jwks") }
///     let verifier = RemoteVerifier(keys, rules: .init(issuers: ["https://sso.example"], audience: "api"))
///     let claims = try await verifier.verify(token)
///
/// Any number of callers wait for one fetch.
public final class RemoteKeys: Sendable {
    public struct Limits: Sendable {
        /// When keys are fetched again; those in hand serve until the new ones are there.
        public var lifetime = Duration.seconds(300)
        /// When keys that could not be fetched again are believed no more.
        public var maximumAge = Duration.seconds(24 * 3600)
        public var unknownKeyInterval = Duration.seconds(30)
        /// After a fetch that failed.
        public var retryInterval = Duration.seconds(1)

        public init() {}
    }

    /// No keys can be had, so no token can be judged.
    public struct Unavailable: Error {}

    private struct State {
        var refresh: KeyRefresh
        var keys: KeySet?
        /// Moves on once everybody has the new keys.
        var generation = 0
        var fetching: Task<Void, Never>?
        var listeners: [@Sendable (KeySet) -> Void] = []
    }

    private let loops: EventLoopGroup
    private let logger: Logger
    private let fetch: @Sendable () async throws -> KeySet
    private let state: Locked<State>

    /// `fetch` runs on a loop.
    public init(
        limits: Limits = Limits(), loops: EventLoopGroup, logger: Logger = .silent,
        fetch: @escaping @Sendable () async throws -> KeySet
    ) {
        self.loops = loops
        self.logger = logger
        self.fetch = fetch
        state = Locked(State(refresh: KeyRefresh(limits)))
    }

    /// Throws when there are no keys; returns at once when there are good ones.
    public func prepare() async throws(Unavailable) {
        await refresh(.age)
        guard state.withLock({ $0.keys != nil && $0.refresh.hasKeys(at: .now) }) else { throw Unavailable() }
    }

    var generation: Int { state.withLock { $0.generation } }

    /// After a token named a key that was not there in this generation: whether others are there now.
    func haveChanged(since generation: Int) async -> Bool {
        if self.generation != generation { return true }
        await refresh(.unknownKey)
        return self.generation != generation
    }

    /// Called with the keys that are there, and again whenever others were fetched.
    func onChange(_ listener: @escaping @Sendable (KeySet) -> Void) {
        let keys = state.withLock { state in
            state.listeners.append(listener)
            return state.keys
        }
        if let keys { listener(keys) }
    }

    /// Ends a fetch that is under way.
    public func stop() {
        state.withLock { $0.fetching }?.cancel()
    }

    private func refresh(_ reason: KeyRefresh.Reason) async {
        let (decision, task) = state.withLock { state -> (KeyRefresh.Decision, Task<Void, Never>?) in
            // What is under way began before this token was looked at, but not long before.
            if let fetching = state.fetching {
                return (reason == .age && state.keys != nil ? .fetchBeside : .fetch, fetching)
            }
            let decision = state.refresh.decide(reason, at: .now)
            guard decision != .useWhatIsThere else { return (decision, nil) }
            let task = Task(executorPreference: loops.nextLoop()) { await self.fetchOnce() }
            state.fetching = task
            return (decision, task)
        }
        if decision == .fetch { await task?.value }
    }

    private func fetchOnce() async {
        do {
            let keys = try await fetch()
            let listeners = state.withLock { state in
                state.refresh.fetched(at: .now)
                state.keys = keys
                return state.listeners
            }
            for listener in listeners { listener(keys) }
            state.withLock { $0.generation += 1 }
        } catch {
            logger.warning("keys_unavailable", ["reason": .string("\(error)")])
        }
        state.withLock { $0.fetching = nil }
    }
}

/// Verifies tokens of somebody else by the keys that he publishes.
public final class RemoteVerifier: Sendable {
    private let keys: RemoteKeys
    private let verifier: CachedVerifier
    private let requiresKeyID: Bool

    public init(_ keys: RemoteKeys, rules: TokenVerifier.Rules, capacity: Int = CachedVerifier.defaultCapacity) {
        self.keys = keys
        requiresKeyID = rules.requiresKeyID
        verifier = CachedVerifier(TokenVerifier(keys: .empty, rules: rules), capacity: capacity)
        let verifier = verifier
        keys.onChange { verifier.replaceKeys($0) }
    }

    /// Throws `TokenError`, or `RemoteKeys.Unavailable` when no token can be judged.
    public func verify(_ token: String) async throws -> Claims {
        try await keys.prepare()
        let generation = keys.generation
        do throws(TokenError) {
            return try verifier.verify(token)
        } catch {
            // Where no key is named, a wrong signature may as well be that of another key.
            let mayBeNew = error == .unknownKey || error == .wrongSignature && !requiresKeyID
            guard mayBeNew, await keys.haveChanged(since: generation) else { throw error }
        }
        return try verifier.verify(token)
    }
}

import JSON
import Loop
import Postgres
import Telemetry
import Tokens

/// What a gateway does beside answering: hears what others have changed, looks for it from time to time should it have
/// missed that, and removes what is past its time.
final class IdentityUpkeep: Sendable {
    private let database: Database
    private let loops: EventLoopGroup
    private let logger: Logger
    private let keys: SigningKeys
    private let revocations: Revocations
    private let sessions: Sessions
    private let settings: IdentitySettings
    private let onKeysChanged: @Sendable () -> Void
    private let published: Locked<[String]>
    private let tasks = Locked<[Task<Void, Never>]>([])

    private static let sweepInterval = Duration.seconds(600)
    private static let sweepBatch = 1000

    init(
        database: Database, loops: EventLoopGroup, logger: Logger, keys: SigningKeys, revocations: Revocations,
        sessions: Sessions, settings: IdentitySettings, onKeysChanged: @escaping @Sendable () -> Void
    ) {
        self.database = database
        self.loops = loops
        self.logger = logger
        self.keys = keys
        self.revocations = revocations
        self.sessions = sessions
        self.settings = settings
        self.onKeysChanged = onKeysChanged
        published = Locked(Self.ids(keys))
    }

    func start() {
        let loop = loops.nextLoop()
        let begun = [
            Task(executorPreference: loop) { await self.listen(on: loop) },
            Task(executorPreference: loop) { await self.poll(on: loop) },
            Task(executorPreference: loop) { await self.sweep(on: loop) },
        ]
        tasks.withLock { $0 = begun }
    }

    func stop() async {
        let running = tasks.withLock { $0 }
        for task in running { task.cancel() }
        for task in running { await task.value }
    }

    private func listen(on loop: EventLoop) async {
        guard let channel = await channel(on: loop) else { return }
        for await notification in database.listen(to: [channel]) {
            switch notification {
            case .listening: await lookUp()
            case .message(_, let text):
                switch IdentitySignal(text) {
                case .keysChanged: await lookUp()
                case .revoked(let revocation): revocations.add([revocation])
                case nil: break
                }
            }
        }
    }

    private func poll(on loop: EventLoop) async {
        while await sleep(settings.keys.pollInterval, on: loop) { await lookUp() }
    }

    private func sweep(on loop: EventLoop) async {
        repeat {
            do {
                try await sweepOnce()
            } catch {
                logger.warning("identity_sweep_failed", ["reason": .string("\(error)")])
            }
        } while await sleep(Self.sweepInterval * Double.random(in: 0.8...1), on: loop)
    }

    private func lookUp() async {
        do {
            try await revocations.refresh()
            try await keys.reload()
        } catch {
            if Task.isCancelled { return }
            logger.warning("identity_lookup_failed", ["reason": .string("\(error)")])
        }
        // By time alone keys begin to sign and end, too.
        let now = Self.ids(keys)
        let hasChanged = published.withLock { published in
            defer { published = now }
            return published != now
        }
        if hasChanged { onKeysChanged() }
    }

    private func sweepOnce() async throws {
        let batch = Self.sweepBatch
        while try await sessions.refreshTokens.sweep(database, limit: batch) == batch {}
        while try await revocations.sweep(limit: batch) == batch {}
        while try await sessions.log.sweep(olderThan: settings.limits.retention, limit: batch) == batch {}
    }

    /// The channel's name, asked for until the database answers.
    private func channel(on loop: EventLoop) async -> Channel? {
        repeat {
            do throws(PostgresError) {
                let name = try await database.first("SELECT \(fragment: IdentitySignal.channel)", as: String.self)
                return name.flatMap { Channel($0) }
            } catch {
                logger.warning("identity_signals_unavailable", ["reason": .string("\(error)")])
            }
        } while await sleep(.seconds(1), on: loop)
        return nil
    }

    /// False when it is time to end.
    private func sleep(_ duration: Duration, on loop: EventLoop) async -> Bool {
        do { try await loop.sleep(for: duration) } catch { return false }
        return !Task.isCancelled
    }

    private static func ids(_ keys: SigningKeys) -> [String] {
        KeyPurpose.allCases.flatMap { purpose in
            [keys.key(purpose).id] + keys.keySet(purpose).keys.map(\.id)
        }
    }
}

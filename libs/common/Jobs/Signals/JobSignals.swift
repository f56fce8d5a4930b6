import JSON
import Loop
import Postgres
import Telemetry

/// What is said on a schema's channel, heard once for the whole process and passed on to whoever asked.
///
/// A signal is a hint to look. None is relied on: whoever waits looks from time to time anyway.
final class JobSignals: Sendable {
    enum Signal: Sendable, Equatable {
        /// There is work for the worker.
        case work(UUID)
        /// The job was asked to stop.
        case cancel(UUID)
        /// The job has new events.
        case event(UUID)
        /// Something may have been missed.
        case reconnected

        init?(_ text: String) {
            guard let first = text.first, let id = UUID(String(text.dropFirst())) else { return nil }
            switch first {
            case "w": self = .work(id)
            case "c": self = .cancel(id)
            case "e": self = .event(id)
            default: return nil
            }
        }
    }

    private struct State {
        var ears: [Int: @Sendable (Signal) -> Void] = [:]
        var next = 0
        var task: Task<Void, Never>?
        var isStopped = false
    }

    private let database: Database
    private let loops: EventLoopGroup
    private let logger: Logger
    private let state = Locked(State())

    init(_ database: Database, loops: EventLoopGroup, logger: Logger) {
        self.database = database
        self.loops = loops
        self.logger = logger
    }

    /// Calls `ear` for each signal until it is forgotten. Listening begins with the first.
    func hear(_ ear: @escaping @Sendable (Signal) -> Void) -> Int {
        state.withLock { state in
            state.next += 1
            state.ears[state.next] = ear
            if state.task == nil, !state.isStopped { state.task = start() }
            return state.next
        }
    }

    func forget(_ number: Int) {
        state.withLock { _ = $0.ears.removeValue(forKey: number) }
    }

    func stop() {
        let task = state.withLock { state in
            state.isStopped = true
            return state.task
        }
        task?.cancel()
    }

    private func start() -> Task<Void, Never> {
        let loop = loops.nextLoop()
        return Task(executorPreference: loop) { [weak self, database, logger] in
            guard let channel = await Self.channel(database, loop, logger) else { return }
            for await notification in database.listen(to: [channel]) {
                guard let self else { return }
                switch notification {
                case .listening: self.pass(.reconnected)
                case .message(_, let text): if let signal = Signal(text) { self.pass(signal) }
                }
            }
        }
    }

    private func pass(_ signal: Signal) {
        let ears = state.withLock { Array($0.ears.values) }
        for ear in ears { ear(signal) }
    }

    /// The channel's name, asked for until the database answers.
    private static func channel(_ database: Database, _ loop: EventLoop, _ logger: Logger) async -> Channel? {
        while !Task.isCancelled {
            do throws(PostgresError) {
                let name = try await database.first("SELECT \(fragment: JobSQL.channel)", as: String.self)
                return name.flatMap { Channel($0) }
            } catch {
                logger.warning("job_signals_unavailable", ["reason": .string("\(error)")])
                try? await loop.sleep(for: .seconds(1))
            }
        }
        return nil
    }
}

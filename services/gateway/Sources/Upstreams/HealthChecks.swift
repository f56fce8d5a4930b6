import HTTP
import Loop
import Telemetry

/// Asks each address of each service whether it is alive, all the time. So a dead one is left out before a client meets it,
/// and one that is back is used again at once.
final class HealthChecks: Sendable {
    struct Settings: Sendable, Equatable {
        var interval = Duration.seconds(5)
        var timeout = Duration.seconds(2)
        var path = "/health"
    }

    private let upstreams: [Upstream]
    private let settings: Settings
    private let client: HTTPClient
    private let logger: Logger
    private let tasks = Locked<[Task<Void, Never>]>([])

    init(_ upstreams: [Upstream], _ settings: Settings, logger: Logger) {
        self.upstreams = upstreams
        self.settings = settings
        self.logger = logger
        var limits = ClientLimits()
        limits.connectionsPerOrigin = 1
        client = HTTPClient(limits: limits, timeouts: ClientTimeouts(total: settings.timeout))
    }

    func start(on loops: EventLoopGroup) {
        tasks.withLock { tasks in
            for upstream in upstreams {
                for (index, origin) in upstream.origins.enumerated() {
                    let loop = loops.nextLoop()
                    tasks.append(Task(executorPreference: loop) { await self.watch(upstream, index, origin, on: loop) })
                }
            }
        }
    }

    func stop() async {
        let running = tasks.withLock { tasks in
            defer { tasks = [] }
            return tasks
        }
        for task in running { task.cancel() }
        for task in running { await task.value }
        client.shutDown()
    }

    private func watch(_ upstream: Upstream, _ index: Int, _ origin: Origin, on loop: EventLoop) async {
        var wasUp = true
        while !Task.isCancelled {
            let began = Deadline.now
            let isUp = await ask(origin)
            if Task.isCancelled { return }
            upstream.checked(index, passed: isUp, took: Deadline.now.duration(since: began))
            if isUp != wasUp {
                logger.warning(
                    isUp ? "upstream_is_back" : "upstream_fails_checks",
                    ["service": .string(upstream.name), "address": .string(origin.description)])
                wasUp = isUp
            }
            // Not all at the same moment, however many gateways there are.
            try? await loop.sleep(for: settings.interval * Double.random(in: 0.8...1.2))
        }
    }

    private func ask(_ origin: Origin) async -> Bool {
        guard let answer = try? await client.send(ClientRequest(.get, origin, settings.path)) else { return false }
        _ = try? await answer.body.collect(upTo: 64 * 1024)
        return answer.status.code < 500
    }
}

import HTTP
import JSON
import Loop
import Telemetry

/// The merged document, fetched from the services when somebody asks and kept for a while. Whoever asks meanwhile waits for
/// the same fetch. A service that is away keeps the document that was last had from it.
final class ServiceDocuments: Sendable {
    static let lifetime = Duration.seconds(30)
    static let maximumBytes = 4 << 20

    private struct State: Sendable {
        var kept: [String: JSONValue] = [:]
        var bytes: [UInt8] = []
        var freshUntil = Deadline(nanoseconds: 0)
        var underWay: Task<[UInt8], any Error>?
    }

    private let upstreams: [Upstream]
    private let client: HTTPClient
    private let loops: EventLoopGroup
    private let isRouted: @Sendable (_ path: String, _ service: String) -> Bool
    private let logger: Logger
    private let state = Locked(State())

    init(
        _ upstreams: [Upstream], client: HTTPClient, loops: EventLoopGroup, logger: Logger,
        isRouted: @escaping @Sendable (_ path: String, _ service: String) -> Bool
    ) {
        self.upstreams = upstreams
        self.client = client
        self.loops = loops
        self.logger = logger
        self.isRouted = isRouted
    }

    /// `own` is the gateway's document.
    func bytes(own: [UInt8]) async throws -> [UInt8] {
        let (bytes, task) = state.withLock { state -> ([UInt8]?, Task<[UInt8], any Error>?) in
            if state.freshUntil > .now { return (state.bytes, nil) }
            if let task = state.underWay { return (nil, task) }
            // Not a child of the first to ask, who may leave while others wait.
            let task = Task(executorPreference: loops.nextLoop()) { try await self.merge(own) }
            state.underWay = task
            return (nil, task)
        }
        if let bytes { return bytes }
        return try await task?.value ?? own
    }

    func stop() async {
        let task = state.withLock { $0.underWay }
        task?.cancel()
        _ = await task?.result
    }

    private func merge(_ own: [UInt8]) async throws -> [UInt8] {
        defer { state.withLock { $0.underWay = nil } }
        let fetched = await withTaskGroup(of: (String, JSONValue?).self) { tasks in
            for upstream in upstreams { tasks.addTask { (upstream.name, await self.fetch(upstream)) } }
            return await tasks.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        let kept = state.withLock { state in
            state.kept.merge(fetched) { $1 }
            return state.kept
        }
        var merged = MergedDocument(try JSONValue.parse(own))
        for upstream in upstreams {
            guard let document = kept[upstream.name] else { continue }
            merged.add(upstream.name, document) { isRouted($0, upstream.name) }
        }
        let bytes = try JSONWriter().encode(merged.json)
        state.withLock { state in
            state.bytes = bytes
            state.freshUntil = .after(Self.lifetime)
        }
        return bytes
    }

    private func fetch(_ upstream: Upstream) async -> JSONValue? {
        do {
            // A document says nothing of whether an address is well, so it is not what tries one that was left out.
            let lease = try upstream.lease(trying: false)
            defer { upstream.leave(lease) }
            var request = ClientRequest(.get, lease.origin, "/openapi.json")
            request.timeouts = ClientTimeouts(connect: .seconds(1), total: .seconds(2))
            let answer = try await client.send(request)
            guard answer.status == .ok else { return nil }
            return try JSONValue.parse(try await answer.body.collect(upTo: Self.maximumBytes))
        } catch {
            logger.debug("document_not_fetched", ["service": .string(upstream.name), "reason": .string("\(error)")])
            return nil
        }
    }
}

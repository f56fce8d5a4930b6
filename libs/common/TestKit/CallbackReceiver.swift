import HTTP
import JSON
import Loop
import Telemetry

/// A receiver of callbacks (or of questions) that keeps all it gets, and answers as a test wants.
///
///     try await CallbackReceiver.with { receiver in
///         … receiver.url("/hook") …
///         #expect(receiver.deliveries.count == 1)
///     }
public final class CallbackReceiver: Sendable {
    public struct Delivery: Sendable {
        public let path: String
        public let headers: Headers
        public let body: [UInt8]

        /// The `webhook-id`, the same for every try of one callback.
        public var id: String? { headers["webhook-id"] }
        public var text: String { String(decoding: body, as: UTF8.self) }
    }

    /// Given the delivery and how many of the same id came before.
    public typealias Answer = @Sendable (Delivery, Int) async throws -> Response

    public let port: UInt16
    private let server: Server
    private let kept: Locked<[Delivery]>

    private init(port: UInt16, server: Server, kept: Locked<[Delivery]>) {
        self.port = port
        self.server = server
        self.kept = kept
    }

    public static func start(
        answer: @escaping Answer = { _, _ in Response(.noContent) }
    ) async throws -> CallbackReceiver {
        let kept = Locked<[Delivery]>([])
        var routes = Routes(metrics: Metrics())
        let take: Handler = { request in
            let delivery = Delivery(
                path: request.path, headers: request.headers, body: try await request.body.collect(upTo: 64 << 20))
            let earlier = kept.withLock { kept in
                defer { kept.append(delivery) }
                return kept.count { $0.id == delivery.id }
            }
            return try await answer(delivery, earlier)
        }
        for method in [Method.post, .get] {
            routes.on(method, "/", handler: take)
            routes.on(method, "/**", handler: take)
        }
        let server = Server(group: TestService.loops, router: routes.build(logger: .silent))
        let port = try await server.start(port: 0)
        return CallbackReceiver(port: port, server: server, kept: kept)
    }

    public static func with<Result>(
        answer: @escaping Answer = { _, _ in Response(.noContent) }, body: (CallbackReceiver) async throws -> Result
    ) async throws -> Result {
        let receiver = try await start(answer: answer)
        do {
            let result = try await body(receiver)
            await receiver.stop()
            return result
        } catch {
            await receiver.stop()
            throw error
        }
    }

    public func stop() async { await server.stop() }

    public var deliveries: [Delivery] { kept.withLock { $0 } }

    public func url(_ path: String) -> String { "http://127.0.0.1:\(port)\(path)" }
}

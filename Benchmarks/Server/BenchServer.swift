import CLinux
import Glibc
import HTTP
import Loop
import Telemetry

/// The server under measurement: router, metrics and request ids on, as every service has them.
///
///     bench-server PORT LOOPS FOLDER [tls]
///
/// With `tls` it speaks TLS by FOLDER's `server.pem` and `server.key`.
/// `GET /hello` a small JSON; `POST /typed` a decoded and validated body; `PUT /upload` a body streamed to a file in
/// FOLDER; `GET /file` FOLDER's `file`.
@main
struct BenchServer {
    static func main() async throws {
        clinux_tune_heap()
        Signals.ignoreBrokenPipes()
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard arguments.count == 3 || arguments.dropFirst(3) == ["tls"], let port = UInt16(arguments[0]),
            let loops = Int(arguments[1])
        else {
            print("usage: bench-server PORT LOOPS FOLDER [tls]")
            exit(2)
        }
        let folder = arguments[2]
        raiseFileLimit()
        let group = try EventLoopGroup(count: loops)
        let metrics = Metrics()
        var routes = Routes(metrics: metrics)
        declare(&routes, folder: folder)
        var limits = ServerLimits()
        limits.idleTimeout = .seconds(600)
        let certificate = TLSSettings(certificateFile: "\(folder)/server.pem", keyFile: "\(folder)/server.key")
        let tls = arguments.count > 3 ? try ServerTLS(certificate, metrics: metrics) : nil
        let server = Server(
            group: group, limits: limits, telemetry: ServerTelemetry(metrics: metrics), tls: tls,
            http2PriorKnowledge: true,
            router: routes.build(logger: .silent))
        try await server.start(port: port)
        while true { try await Task.sleep(for: .seconds(3600)) }
    }

    private static func declare(_ routes: inout Routes, folder: String) {
        let blocking = BlockingPool(maximumThreads: 4)
        routes.on(.get, "/hello") { _ in
            .json(
                bytes: Array(
                    #"{"id":"job_01","status":"queued","progress":0,"created_at":"2026-11-20T00:00:00Z"}"#.utf8))
        }
        routes.endpoint(.post, "/typed", Operation("Echo an order"), body: Order.self) { $0.body }
        routes.on(.put, "/upload") { request in
            let path = "\(folder)/upload"
            let descriptor = try await blocking.run { open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600) }
            defer { close(descriptor) }
            let count = try await request.body.save(to: descriptor, upTo: 1 << 40, blocking: blocking)
            return .text("\(count)")
        }
        routes.on(.get, "/file") { request in
            try await .file("\(folder)/file", for: request, blocking: blocking)
        }
    }

    private static func raiseFileLimit() {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}

import Glibc
import HTTP
import Loop
import Objects
import Telemetry

/// One object up or down, and what it cost.
///
///     data-bench objects put|get ENDPOINT ACCESS SECRET LOCATION FILE
///     data-bench objects bucket ENDPOINT ACCESS SECRET LOCATION -
///     data-bench objects serve PORT FOLDER LOCATION durable|fast
///
/// `serve` runs a disk store behind its routes and says the presigned URLs of one object.
enum ObjectsBench {
    static func run(_ arguments: [String]) async throws {
        Signals.ignoreBrokenPipes()
        let group = try EventLoopGroup(count: 1)
        try await group.loops[0].run {
            if arguments.first == "serve" {
                try await serve(arguments, group)
            } else {
                try await transfer(arguments)
            }
        }
    }

    private static func transfer(_ arguments: [String]) async throws {
        guard arguments.count == 6, let endpoint = ObjectEndpoint(arguments[1]),
            let location = ObjectLocation(arguments[4])
        else { throw CommandFailed() }
        let store = S3Store(
            S3Settings(
                endpoint: endpoint, credentials: ObjectCredentials(accessKey: arguments[2], secretKey: arguments[3])))
        let before = memory("VmRSS")
        let start = Deadline.now
        switch arguments[0] {
        case "bucket": try await store.createBucket(location.bucket)
        case "put": try await store.put(location, .file(arguments[5]))
        case "get": try await store.download(location, to: arguments[5])
        default: throw CommandFailed()
        }
        let seconds = Deadline.now.duration(since: start) / .seconds(1)
        print("{\"seconds\":\(seconds),\"growth\":\(max(0, memory("VmHWM") - before))}")
    }

    private static func serve(_ arguments: [String], _ group: EventLoopGroup) async throws {
        guard arguments.count == 5, let port = UInt16(arguments[1]), let location = ObjectLocation(arguments[3]),
            let endpoint = ObjectEndpoint("http://127.0.0.1:\(port)")
        else { throw CommandFailed() }
        var settings = DiskSettings(
            root: arguments[2], publicEndpoint: endpoint,
            credentials: ObjectCredentials(accessKey: "bench", secretKey: "bench secret"))
        settings.isDurable = arguments[4] == "durable"
        settings.limits.presignedLife = .seconds(3600)
        let store = try DiskStore(settings)
        var routes = Routes(metrics: Metrics())
        routes.declare(ObjectRoutes(store))
        let server = Server(group: group, router: routes.build(logger: .silent))
        try await server.start(port: port)
        let (put, get) = (try store.presign(.put, location), try store.presign(.get, location))
        print("{\"put\":\"\(put.url)\",\"get\":\"\(get.url)\"}")
        fflush(nil)
        while true { try await group.loops[0].sleep(for: .seconds(3600)) }
    }

    /// Bytes, by the name of a line in the process's status.
    private static func memory(_ name: String) -> Int {
        guard let file = fopen("/proc/self/status", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, 256, file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard text.hasPrefix(name + ":") else { continue }
            return (Int(text.split(whereSeparator: { $0 == " " || $0 == "\t" })[1]) ?? 0) * 1024
        }
        return 0
    }
}

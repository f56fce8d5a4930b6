import Foundation
import Glibc
import HTTP
import JSON
import Loop
import TestKit
import Testing

/// The executable under load while it is told to read its settings again, to make way for another, and while thousands
/// of clients say next to nothing. `PENTAD_TEST_LOAD_SECONDS` makes it last longer.
@Suite(
    "The gateway under load", .enabled(if: TestGateway.hasDatabase, TestGateway.whyNoDatabase), .serialized,
    .timeLimit(.minutes(10)))
struct LoadTests {
    private static let executable = BuiltPrograms.path("gateway")
    private static let seconds = getenv("PENTAD_TEST_LOAD_SECONDS").flatMap { Int(String(cString: $0)) } ?? 6
    /// Of all clients together.
    private static let requestsPerSecond = 500
    private static let clients = 20

    private struct Stage: Sendable {
        let port: UInt16
        let settings: [String: String]
        let routes: String
        let token: String
    }

    private static func table(_ number: Int) -> String {
        // Another table each time, every fourth of which makes no sense.
        number % 4 == 3 ? "GET nowhere" : "* /asr/** asr timeout=\(10 + number % 3)s\n"
    }

    private func start(_ settings: [String: String]) async throws -> TestProcess {
        let process = try TestProcess(Self.executable, environment: settings)
        _ = try await process.read(until: "\"event\":\"service_ready\"")
        return process
    }

    /// A gateway before a service that answers at once, and a user who has signed in.
    private func withStage(_ body: (Stage) async throws -> Void) async throws {
        let folder = try ThrowAwayDirectory()
        defer { folder.remove() }
        let schema = try #require(try await ThrowAwaySchema.make())
        do {
            try await withService {
                $0.on(.get, "/asr/{id}") { .text($0.parameter("id") ?? "") }
            } body: { url in
                let routes = folder.path + "/routes"
                try RoutedGateway.write(Self.table(0), to: routes)
                let port = UInt16(try FreePort.find())
                let settings = [
                    "PORT": "\(port)", "INTERNAL_PORT": "0", "SHARE_PORTS": "true", "LOG_FORMAT": "json",
                    "LOG_LEVEL": "info", "DATABASE_URL": schema.url, "DATA_DIR": folder.path + "/data",
                    "ROUTES_FILE": routes, "ASR_URL": url, "LOOPS": "1",
                ]
                let first = try await start(settings)
                let answer = try await TestClient.request(
                    port: port, "POST", "/api/auth/login", headers: ["content-type": "application/json"],
                    body: Array(#"{"keycloak_id":"load","username":"load","email":"load@example.org"}"#.utf8))
                first.signal(SIGTERM)
                _ = try await first.finish()
                let token = try #require(answer.json["token"]?.string)
                try await body(Stage(port: port, settings: settings, routes: routes, token: token))
            }
            await schema.drop()
        } catch {
            await schema.drop()
            throw error
        }
    }

    private struct Outcome: Sendable {
        var times: [Duration] = []
        var failures: [String] = []

        func percentile(_ part: Int) -> Duration { times.sorted()[times.count * part / 100] }
    }

    /// Puts load on the gateway while `body` runs.
    private func load(_ stage: Stage, while body: () async throws -> Void) async throws -> Outcome {
        let client = HTTPClient()
        defer { client.shutDown() }
        let origin = Origin(host: "127.0.0.1", port: stage.port)
        let outcome = Locked(Outcome())
        let isOver = Locked(false)
        let pause = Duration.seconds(1) / (Self.requestsPerSecond / Self.clients)
        let tasks = (0..<Self.clients).map { number in
            Task(executorPreference: TestService.loops.nextLoop()) {
                var count = 0
                while !isOver.withLock({ $0 }) {
                    count += 1
                    let id = "\(number)-\(count)"
                    var request = ClientRequest(.get, origin, "/asr/\(id)")
                    request.headers["authorization"] = "Bearer \(stage.token)"
                    let began = Deadline.now
                    do {
                        let answer = try await client.send(request)
                        let text = String(decoding: try await answer.body.collect(upTo: 1000), as: UTF8.self)
                        let time = Deadline.now.duration(since: began)
                        outcome.withLock {
                            $0.times.append(time)
                            if answer.status != .ok || text != id { $0.failures.append("\(answer.status) \(text)") }
                        }
                    } catch {
                        outcome.withLock { $0.failures.append("\(error)") }
                    }
                    try? await Task.sleep(for: pause)
                }
            }
        }
        let result: Result<Void, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        isOver.withLock { $0 = true }
        for task in tasks { await task.value }
        try result.get()
        return outcome.withLock { $0 }
    }

    @Test("reads its table again and again, a broken one among them, and no request fails")
    func reload() async throws {
        try await withStage { stage in
            let gateway = try await start(stage.settings)
            let outcome = try await load(stage) {
                let end = Deadline.after(.seconds(Self.seconds))
                var number = 0
                while Deadline.now < end {
                    number += 1
                    try RoutedGateway.write(Self.table(number), to: stage.routes)
                    gateway.signal(SIGHUP)
                    try await Task.sleep(for: .milliseconds(Self.seconds > 30 ? 1000 : 200))
                }
            }
            gateway.signal(SIGTERM)
            let (output, status) = try await gateway.finish()
            #expect(status == 0)
            #expect(outcome.failures.isEmpty, "\(outcome.failures.prefix(5)) of \(outcome.times.count)")
            #expect(outcome.times.count > Self.seconds * Self.requestsPerSecond / 4, "\(outcome.times.count)")
            #expect(output.contains("routes_"), "nothing says that the table was read again")
        }
    }

    @Test("makes way for the next one, and no request fails")
    func replacement() async throws {
        try await withStage { stage in
            var running = try await start(stage.settings)
            let outcome = try await load(stage) {
                for _ in 0..<max(2, Self.seconds / 3) {
                    try await Task.sleep(for: .seconds(1))
                    let next = try await start(stage.settings)
                    running.signal(SIGTERM)
                    let (_, status) = try await running.finish()
                    #expect(status == 0)
                    running = next
                }
                try await Task.sleep(for: .milliseconds(500))
            }
            running.signal(SIGTERM)
            _ = try await running.finish()
            #expect(outcome.failures.isEmpty, "\(outcome.failures.prefix(5)) of \(outcome.times.count)")
            #expect(outcome.times.count > Self.requestsPerSecond / 2)
        }
    }

    @Test("serves others as ever while 2,000 clients trickle their heads, and rids itself of those")
    func slowloris() async throws {
        try await withStage { stage in
            let gateway = try await start(stage.settings.merging(["HEADER_TIMEOUT": "3s"]) { $1 })
            let before = try await load(stage) { try await Task.sleep(for: .seconds(2)) }
            let sockets = (0..<2000).map { _ in Trickler(port: stage.port) }
            defer { for socket in sockets { socket.close() } }
            try #require(sockets.allSatisfy { $0.isConnected })
            let during = try await load(stage) {
                for _ in 0..<10 {
                    for socket in sockets { socket.trickle() }
                    try await Task.sleep(for: .milliseconds(200))
                }
            }
            #expect(during.failures.isEmpty, "\(during.failures.prefix(3))")
            // A debug build is slow, and the clients take their share of the machine: ordinary answers must stay quick,
            // and the slowest within what nobody would notice.
            let (usual, now) = (before.percentile(50), during.percentile(50))
            #expect(now < usual * 3 + .milliseconds(20), "\(usual), then \(now)")
            #expect(during.percentile(99) < .milliseconds(500), "\(during.percentile(99))")
            try await eventually("the last trickling connection was closed") {
                for socket in sockets { socket.trickle() }
                return sockets.allSatisfy { $0.isEnded }
            }
            gateway.signal(SIGTERM)
            let (_, status) = try await gateway.finish()
            #expect(status == 0)
        }
    }
}

/// A client that sends a byte of its head now and then.
private final class Trickler {
    private let descriptor: Int32
    let isConnected: Bool
    private var sent = 0
    private var isClosed = false
    private(set) var isEnded = false

    private static let head = Array("GET /asr/x HTTP/1.1\r\nHost: gw\r\nX-A: ".utf8)

    init(port: UInt16) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr = in_addr(s_addr: UInt32(0x7f00_0001).bigEndian)
        let descriptor = descriptor
        isConnected =
            withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            } == 0
    }

    func trickle() {
        guard !isEnded else { return }
        var byte = sent < Self.head.count ? Self.head[sent] : UInt8(ascii: "a")
        sent += 1
        if send(descriptor, &byte, 1, Int32(MSG_NOSIGNAL | MSG_DONTWAIT)) < 0, errno != EAGAIN { isEnded = true }
        var answer: UInt8 = 0
        if recv(descriptor, &answer, 1, Int32(MSG_DONTWAIT)) == 0 { isEnded = true }
    }

    func close() {
        if !isClosed { Glibc.close(descriptor) }
        isClosed = true
    }
}

import Configuration
import HTTP
import JSON
import Loop
import Service
import Synchronization
import Telemetry
import TestKit
import Testing

/// A service with one thing it depends on, which tests can break.
struct ProbedService: ServiceProgram {
    struct Down: Error {}

    static let name = "probed"
    static let about = "exists for tests"
    static let isDatabaseUp = Atomic<Bool>(true)
    static let isMirrorUp = Atomic<Bool>(true)

    static func common(_ configuration: ProbedSettings) -> CommonSettings { configuration.common }

    init(_ configuration: ProbedSettings, _ context: ServiceContext) async throws {}

    func declare(_ routes: inout Routes) {
        routes.on(.get, "/secret") { _ in throw Down() }
    }

    var readinessChecks: [ReadinessCheck] {
        [
            ReadinessCheck("database") {
                if !Self.isDatabaseUp.load(ordering: .relaxed) { throw Down() }
            },
            ReadinessCheck("store") {},
            ReadinessCheck(showing: "mirror") {
                let isUp = Self.isMirrorUp.load(ordering: .relaxed)
                return ReadinessState(isUp ? .up : .down, latency: .microseconds(1500))
            },
            ReadinessCheck(showing: "archive") { ReadinessState(.notConfigured) },
        ]
    }
}

struct ProbedSettings: Settings {
    let common: CommonSettings

    init(_ settings: inout SettingsReader) {
        common = CommonSettings(&settings, port: 0, internalPort: 0)
    }
}

/// A service whose name is not yet the prefix of its variables.
struct TwoWordService: ServiceProgram {
    struct Configuration: Settings {
        let common: CommonSettings
        let greeting: String

        init(_ settings: inout SettingsReader) {
            common = CommonSettings(&settings, port: 0, internalPort: 0)
            greeting = settings.value("GREETING", .string, default: "", "what it says")
        }
    }

    static let name = "two-words"
    static let about = "exists for tests"

    static func common(_ configuration: Configuration) -> CommonSettings { configuration.common }

    let greeting: String

    init(_ configuration: Configuration, _ context: ServiceContext) async throws { greeting = configuration.greeting }

    func declare(_ routes: inout Routes) {
        routes.on(.get, "/greeting") { _ in .text(greeting) }
    }
}

/// A service that says what became of it when it was told to stop, with a request that ends when a test says so.
struct DrainedService: ServiceProgram {
    static let name = "drained"
    static let about = "exists for tests"
    static let story = Locked<[String]>([])
    static let mayAnswer = Atomic<Bool>(false)

    static func common(_ configuration: ProbedSettings) -> CommonSettings { configuration.common }

    init(_ configuration: ProbedSettings, _ context: ServiceContext) async throws {}

    func declare(_ routes: inout Routes) {
        routes.on(.get, "/slow") { _ in
            Self.tell("asked")
            while !Self.mayAnswer.load(ordering: .relaxed) {
                try await EventLoop.current?.sleep(for: .milliseconds(5))
            }
            Self.tell("answered")
            return .text("slow")
        }
    }

    func beginDraining() { Self.tell("draining") }

    func stop() async { Self.tell("stopped") }

    static func tell(_ event: String) { story.withLock { $0.append(event) } }

    static func wait(until isTold: String) async throws {
        let deadline = Deadline.after(.seconds(10))
        while !story.withLock({ $0.contains(isTold) }), Deadline.now < deadline {
            try await TestService.loops.nextLoop().sleep(for: .milliseconds(5))
        }
    }
}

@Suite("A running service", .serialized)
struct RunningServiceTests {
    private func internalAnswer(_ service: TestService, _ path: String) async throws -> TestAnswer {
        try await TestClient.request(port: service.running.internalPort, "GET", path)
    }

    private func text(_ record: LogRecord, _ field: String) -> String {
        record.fields[field].map { "\($0)" } ?? ""
    }

    @Test("names each thing it needs, and is not ready without one")
    func readiness() async throws {
        try await TestService.with(ProbedService.self) { service in
            let ready = try await internalAnswer(service, "/ready")
            #expect(ready.status == 200)
            let report = try JSONValue.parse(ready.body)
            #expect(report["status"]?.string == "ready")
            #expect(report["checks"]?["database"]?["status"]?.string == "up")
            #expect(report["checks"]?["store"]?["latency_ms"]?.double != nil)
            ProbedService.isDatabaseUp.store(false, ordering: .relaxed)
            defer { ProbedService.isDatabaseUp.store(true, ordering: .relaxed) }
            let down = try await internalAnswer(service, "/ready")
            #expect(down.status == 503)
            let degraded = try JSONValue.parse(down.body)
            #expect(degraded["status"]?.string == "degraded")
            #expect(degraded["checks"]?["database"]?["status"]?.string == "down")
            #expect(degraded["checks"]?["store"]?["status"]?.string == "up")
        }
    }

    @Test("shows what it can do without, and stays ready while that is away")
    func shown() async throws {
        try await TestService.with(ProbedService.self) { service in
            let report = try JSONValue.parse(try await internalAnswer(service, "/ready").body)
            #expect(report["status"]?.string == "ready")
            let checks = try #require(report["checks"]?.object)
            #expect(checks.names == ["database", "store", "mirror", "archive"])
            #expect(checks["mirror"]?["latency_ms"]?.double == 1.5)
            #expect(checks["archive"]?.object?.names == ["status", "required"])
            #expect(checks["archive"]?["status"]?.string == "not_configured")
            ProbedService.isMirrorUp.store(false, ordering: .relaxed)
            defer { ProbedService.isMirrorUp.store(true, ordering: .relaxed) }
            let answer = try await internalAnswer(service, "/ready")
            #expect(answer.status == 200)
            let degraded = try JSONValue.parse(answer.body)
            #expect(degraded["status"]?.string == "degraded")
            #expect(degraded["checks"]?["mirror"]?["status"]?.string == "down")
            #expect(degraded["checks"]?["mirror"]?["required"]?.bool == false)
        }
    }

    @Test("shows metrics on the internal port alone")
    func metrics() async throws {
        try await TestService.with(ProbedService.self) { service in
            _ = try await service.get("/health")
            let metrics = try await internalAnswer(service, "/metrics")
            #expect(metrics.header("content-type")?.hasPrefix("text/plain; version=0.0.4") == true)
            #expect(metrics.text.contains(#"http_requests_total{method="GET",route="/health",status="200"} 1"#))
            #expect(metrics.text.contains("process_resident_memory_bytes"))
            let lines = metrics.text.split(separator: "\n")
            for line in [
                "blocking_pool_queued 0", "blocking_pool_threads 0", "blocking_pool_maximum_threads 4",
                "log_records_dropped_total 0",
            ] {
                #expect(lines.contains(Substring(line)), "\(line)")
            }
            let outside = try await service.get("/metrics")
            #expect(outside.status == 404)
        }
    }

    @Test("counts what is asked of the internal port apart from what clients ask")
    func internalMetrics() async throws {
        try await TestService.with(ProbedService.self) { service in
            _ = try await internalAnswer(service, "/ready")
            _ = try await TestClient.exchange(port: service.running.internalPort, Array("nonsense\r\n\r\n".utf8))
            var lines: [Substring] = []
            // The connections before this one have ended for their client; their server may hear of it a moment later.
            try await eventually("its own connection is the only one") {
                lines = try await internalAnswer(service, "/metrics").text.split(separator: "\n")
                return lines.contains("internal_http_connections 1")
            }
            #expect(lines.contains(#"internal_http_requests_total{method="GET",route="/ready",status="200"} 1"#))
            #expect(lines.contains("internal_http_malformed_requests_total 1"))
            #expect(lines.contains("http_malformed_requests_total 0"))
            #expect(lines.contains("http_connections 0"))
            #expect(
                !lines.contains {
                    $0.hasPrefix("http_") && $0.contains("/ready") || $0.hasPrefix("http_") && $0.contains("/metrics")
                })
        }
    }

    @Test("logs each request with its ids, and the cause of a failure for us alone")
    func logs() async throws {
        try await TestService.with(ProbedService.self) { service in
            let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
            let answer = try await service.get(
                "/secret?token=abc", headers: ["x-request-id": "request-0001", "traceparent": trace])
            #expect(answer.status == 500)
            #expect(!answer.text.contains("Down"))
            let record = try #require(service.log.records(of: "request").first)
            #expect(text(record, "request_id").contains("request-0001") == true)
            #expect(text(record, "trace_id").contains("4bf92f3577b34da6a3ce929d0e0e4736") == true)
            #expect(text(record, "path").contains("abc") == false)
            let failure = try #require(service.log.records(of: "request_failed").first)
            #expect(text(failure, "cause").contains("Down") == true)
        }
    }

    @Test("starts in a test in a moment, with a schema of its own where there is a database, which is gone afterwards")
    func quickStart() async throws {
        try await TestService.with(ProbedService.self) { _ in }
        let started = Deadline.now
        let schema = try await TestService.with(ProbedService.self) { service in
            if let schema = service.schema {
                let exists = try await schema.exists()
                #expect(exists)
            }
            return service.schema
        }
        // It takes under 200 ms; a machine that is busy with other things gets some more.
        #expect(Deadline.now.duration(since: started) < .seconds(1))
        if let schema {
            let exists = try await schema.exists()
            #expect(!exists)
        }
    }

    @Test("tells its program to take no more work as soon as it drains, and to stop once the last request is answered")
    func drain() async throws {
        try await TestService.with(DrainedService.self, settings: ["DRAIN_GRACE": "0"]) { service in
            async let answer = service.get("/slow")
            try await DrainedService.wait(until: "asked")
            async let drained = service.running.drain()
            try await DrainedService.wait(until: "draining")
            #expect(DrainedService.story.withLock { $0 } == ["asked", "draining"])
            DrainedService.mayAnswer.store(true, ordering: .relaxed)
            #expect(try await answer.text == "slow")
            #expect(await drained)
            #expect(DrainedService.story.withLock { $0 } == ["asked", "draining", "answered", "stopped"])
        }
    }

    @Test("reads its own variables in a test as its executable does, also under a name of two words")
    func ownVariables() async throws {
        try await TestService.with(TwoWordService.self, settings: ["TWO_WORDS_GREETING": "hello"]) { service in
            let answer = try await service.get("/greeting")
            #expect(answer.text == "hello")
        }
    }
}

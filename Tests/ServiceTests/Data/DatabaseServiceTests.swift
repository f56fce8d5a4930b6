import Configuration
import Glibc
import HTTP
import JSON
import Postgres
import Service
import TestKit
import Testing

/// A service with a table, as services have them.
private struct ThingService: ServiceProgram {
    static let name = "things"
    static let about = "keeps things"

    struct Configuration: Settings {
        let common: CommonSettings
        let database: DatabaseSettings

        init(_ settings: inout SettingsReader) {
            common = CommonSettings(&settings, port: 0, internalPort: 0)
            database = DatabaseSettings(&settings, applicationName: ThingService.name)
        }
    }

    struct Thing: Codable, Sendable {
        var name: String
    }

    static func common(_ configuration: Configuration) -> CommonSettings { configuration.common }

    private let database: Database

    init(_ configuration: Configuration, _ context: ServiceContext) async throws {
        database = try await context.openDatabase(
            configuration.database,
            migrations: [
                MigrationSet("things", [Migration(1, "create", "CREATE TABLE things (name text PRIMARY KEY)")])
            ])
    }

    var readinessChecks: [ReadinessCheck] { [.database(database)] }

    func declare(_ routes: inout Routes) {
        let database = database
        routes.endpoint(.get, "/things", Operation("Things", tag: "things")) { _ in
            try await database.rows("SELECT name FROM things ORDER BY name", as: Thing.self)
        }
        routes.endpoint(.post, "/things", Operation("A new thing", tag: "things"), body: Thing.self) { call in
            try await database.execute("INSERT INTO things (name) VALUES (\(call.body.name))")
            return call.body
        }
    }

    func stop() async { database.close() }
}

@Suite("A service with a database")
struct DatabaseServiceTests {
    @Test(
        "It migrates, serves, is ready, and shows its connections among the metrics",
        .enabled(if: getenv("PENTAD_TEST_DATABASE_URL") != nil, "needs PENTAD_TEST_DATABASE_URL"))
    func serves() async throws {
        try await TestService.with(ThingService.self) { service in
            let json: Headers = ["content-type": "application/json"]
            let made = try await service.request(
                "POST", "/things", headers: json, body: Array(#"{"name":"one"}"#.utf8))
            #expect(made.status == 200)
            let listed = try await service.get("/things")
            #expect(listed.text == #"[{"name":"one"}]"#)
            let ready = try await TestClient.request(port: service.running.internalPort, "GET", "/ready")
            #expect(ready.status == 200)
            let metrics = try await TestClient.request(port: service.running.internalPort, "GET", "/metrics")
            #expect(metrics.text.contains("\npostgres_connections "))

            let zero = try await service.request(
                "POST", "/things", headers: json, body: Array(#"{"name":"a\u0000b"}"#.utf8))
            #expect(zero.status == 400)
            let twice = try await service.request(
                "POST", "/things", headers: json, body: Array(#"{"name":"one"}"#.utf8))
            #expect(twice.status == 500)
            #expect(!twice.text.contains("things_pkey"))
        }
    }

    @Test(
        "When its database is away it answers 503 with Retry-After within a second or two, and recovers by itself",
        .enabled(if: ThrowAwayPostgres.programs != nil, "needs a PostgreSQL server's programs"))
    func outage() async throws {
        let server = try await ThrowAwayPostgres.start()
        try await TestService.with(ThingService.self, settings: ["DATABASE_URL": server.url]) { service in
            try await server.stop()
            let away = try await service.get("/things")
            #expect(away.status == 503)
            #expect(away.header("retry-after") == "1")
            #expect(away.text.contains(#""code":"database_unavailable""#))
            let unready = try await TestClient.request(port: service.running.internalPort, "GET", "/ready")
            #expect(unready.status == 503)
            try await server.start()
            var status = 0
            for _ in 0..<100 where status != 200 { status = try await service.get("/things").status }
            #expect(status == 200)
        }
        try await server.stop(.kill)
    }

    @Test("Without an address, or with a wrong one, it says what is wanted and does not repeat a password")
    func settings() {
        for environment in [[:], ["DATABASE_URL": "mysql://root:hunter2@host/x"]] {
            let error = #expect(throws: (any Error).self) {
                try TestSettings.read(ThingService.self, environment)
            }
            let said = error.map { "\($0)" } ?? ""
            #expect(said.contains("DATABASE_URL"))
            #expect(said.contains("postgresql://"))
            #expect(!said.contains("hunter2"))
        }
    }
}

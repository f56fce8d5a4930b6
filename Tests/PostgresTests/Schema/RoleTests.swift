import Glibc
import Postgres
import TestKit
import Testing

/// The roles are made by the script that deployments use.
@Suite("Roles", .enabled(if: ThrowAwayPostgres.programs != nil, "needs a PostgreSQL server's programs"))
struct RoleTests {
    @Test("A service's role has its own schema and no way into another's")
    func apart() async throws {
        let server = try await ThrowAwayPostgres.start()
        let script =
            String(#filePath.dropLast("Tests/PostgresTests/Schema/RoleTests.swift".count)) + "deploy/postgres/roles.sh"
        let roles = ["pointcloud", "splat", "asr", "footprint_ocr", "pacs_masks", "gateway"]
        var environment = ["PGHOST": "127.0.0.1", "PGPORT": "\(server.port)", "POSTGRES_PASSWORD": "x"]
        environment["PATH"] = "\(ThrowAwayPostgres.programs!):/usr/bin:/bin"
        for role in roles { environment["DATABASE_PASSWORD_\(role)"] = "password" }
        let (output, status) = try await TestProcess.run("/bin/bash", [script], environment: environment)
        try #require(status == 0, "\(output)")

        for role in roles {
            let database = try TestDatabase.open("postgresql://\(role):password@127.0.0.1:\(server.port)/pentad")
            try await database.migrate([MigrationSet(role, [Migration(1, "create", "CREATE TABLE own (id bigint)")])])
            let schema = try await database.first(
                "SELECT schemaname FROM pg_tables WHERE tablename = 'own' AND schemaname = current_schema()",
                as: String.self)
            #expect(schema == role)
            database.close()
        }
        for role in roles {
            let database = try TestDatabase.open("postgresql://\(role):password@127.0.0.1:\(server.port)/pentad")
            // Names cannot be parameters; these come from the list above by the server's own catalogue.
            for other in roles where other != role {
                let mayUse = try await database.first(
                    "SELECT has_schema_privilege(\(other)::text, 'USAGE')", as: Bool.self)
                #expect(mayUse == false, "\(role) may use the schema \(other)")
                let error = await #expect(throws: PostgresError.self) {
                    try await database.rows(
                        "SELECT query_to_xml(format('SELECT * FROM %I.own', \(other)::text), true, false, '')")
                }
                #expect("\(error!)".contains("42501"), "\(role) reads \(other): \(error!)")
            }
            let error = await #expect(throws: PostgresError.self) {
                try await database.execute("CREATE TABLE public.stray (id bigint)")
            }
            #expect("\(error!)".contains("42501"))
            database.close()
        }
        try await server.stop(.kill)
    }
}

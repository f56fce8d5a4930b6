import JSON
import Postgres
import Testing

@Suite("Values", .enabled(if: TestDatabase.isAvailable, "needs PENTAD_TEST_DATABASE_URL"))
struct ValueTests {
    struct Everything: Codable, Equatable {
        enum Kind: String, Codable { case small, large }
        struct Shape: Codable, Equatable { var width: Int }

        var id: UUID
        var isShared: Bool
        var sliceCount: Int
        var opacity: Double
        var name: String
        var kind: Kind
        var createdAt: Timestamp
        var shape: Shape
        var checksum: [UInt8]
        var labels: [String]
        var sizes: [Int]
        var note: String?
        var deletedAt: Timestamp?
    }

    @Test("A struct goes into a table and comes back as it was")
    func roundTrip() async throws {
        let value = Everything(
            id: UUID(), isShared: true, sliceCount: -42, opacity: 0.1, name: "Größe 한국어 'quoted' $1",
            kind: .large, createdAt: Timestamp(microseconds: 1_761_193_590_477_643), shape: .init(width: 7),
            checksum: [0, 1, 255], labels: ["a", "", "b,\"c\"", "NULL"], sizes: [], note: nil, deletedAt: nil)
        try await TestDatabase.with { test in
            try await test.database.execute(
                """
                CREATE TABLE things (
                    id uuid PRIMARY KEY, is_shared boolean, slice_count bigint, opacity double precision, name text,
                    kind text, created_at timestamptz, shape jsonb, checksum bytea, labels text[], sizes bigint[],
                    note text, deleted_at timestamptz
                )
                """)
            let changed = try await test.database.execute(
                """
                INSERT INTO things VALUES (
                    \(value.id), \(value.isShared), \(value.sliceCount), \(value.opacity), \(value.name),
                    \(value.kind.rawValue), \(value.createdAt), \(json: value.shape), \(value.checksum),
                    \(value.labels), \(value.sizes), \(value.note), \(value.deletedAt)
                )
                """)
            #expect(changed == 1)
            let found = try await test.database.rows("SELECT * FROM things", as: Everything.self)
            #expect(found == [value])
            let none = try await test.database.first("SELECT * FROM things WHERE name = 'x'", as: Everything.self)
            #expect(none == nil)
        }
    }

    @Test("Narrow types are read into wide ones, and lone values without a struct")
    func lone() async throws {
        try await TestDatabase.with { test in
            let small = try await test.database.rows("SELECT 7::smallint UNION ALL SELECT 70000::integer", as: Int.self)
            #expect(small == [7, 70000])
            let real = try await test.database.first("SELECT 0.5::real", as: Double.self)
            #expect(real == 0.5)
            let text = try await test.database.first("SELECT 'abc'::varchar(5)", as: String.self)
            #expect(text == "abc")
            let json = try await test.database.first(#"SELECT '{"b": 1, "a":[1.50]}'::json"#, as: JSONValue.self)
            let exact = try json?.serialise()
            #expect(exact.map { String(decoding: $0, as: UTF8.self) } == #"{"b":1,"a":[1.50]}"#)
            let byte = try await test.database.first("SELECT 255 AS value", as: [String: Int].self)
            #expect(byte == ["value": 255])
        }
    }

    @Test("Enumerations, citext-like domains and arrays of every type go both ways")
    func arrays() async throws {
        try await TestDatabase.with { test in
            try await test.database.execute("CREATE TYPE mood AS ENUM ('sad', 'happy')")
            let mood = try await test.database.first("SELECT \("happy")::mood", as: String.self)
            #expect(mood == "happy")
            let ids = [UUID(), UUID()]
            let times = [Timestamp(seconds: 0), Timestamp(microseconds: -1)]
            let row = try await test.database.rows(
                "SELECT \(ids) AS ids, \(times) AS times, \([1.5, -0.0]) AS doubles, \([true, false]) AS flags"
            )[0]
            #expect(try row.value("ids") == ids)
            #expect(try row.value("times") == times)
            #expect(try row.value("doubles") == [1.5, -0.0])
            #expect(try row.value("flags") == [true, false])
            let found = try await test.database.first(
                "SELECT count(*) FROM unnest(\(["x", "y"])::text[]) AS t WHERE t = ANY(\(["y", "z"]))", as: Int.self)
            #expect(found == 1)
        }
    }

    @Test("NULL, other types and missing columns are errors that name the column")
    func mismatches() async throws {
        struct Named: Decodable { var name: String }
        struct Missing: Decodable { var nothing: Int }
        try await TestDatabase.with { test in
            let null = await #expect(throws: PostgresError.self) {
                _ = try await test.database.rows("SELECT NULL::text AS name", as: Named.self)
            }
            #expect("\(null!)" == "the column 'name': expected a text, found NULL")
            let number = await #expect(throws: PostgresError.self) {
                _ = try await test.database.rows("SELECT 1.5 AS name", as: Named.self)
            }
            #expect("\(number!)" == "the column 'name': expected a text, found numeric (cast it in the statement)")
            let missing = await #expect(throws: PostgresError.self) {
                _ = try await test.database.rows("SELECT 1 AS name", as: Missing.self)
            }
            #expect("\(missing!)" == "the column 'nothing': the statement answers no such column")
            await #expect(throws: PostgresError.self) {
                _ = try await test.database.first("SELECT 'infinity'::timestamptz", as: Timestamp.self)
            }
        }
    }

    @Test("A text with a zero character is refused before it is sent, and so is JSON that cannot be written")
    func unsendable() async throws {
        try await TestDatabase.with { test in
            let error = await #expect(throws: PostgresError.self) {
                _ = try await test.database.rows("SELECT \("a\0b")")
            }
            #expect("\(error!)" == "parameter 1 of the statement: a text with a zero character")
            await #expect(throws: PostgresError.self) {
                _ = try await test.database.rows("SELECT \(json: Double.nan)")
            }
        }
    }

    @Test("More parameters than the protocol counts are refused before they are sent")
    func tooMany() async throws {
        try await TestDatabase.with { test in
            let many = (0..<65_536).map { number -> SQL in "\(number)" }
            let error = await #expect(throws: PostgresError.self) {
                _ = try await test.database.rows("SELECT 1 WHERE 1 IN (\(fragment: .joined(many, ", ")))")
            }
            #expect("\(error!)".hasSuffix("more than 65535: pass an array"))
            try await test.database.check()
        }
    }

    @Test("Fragments keep their parameters in order")
    func fragments() async throws {
        let filters: [SQL] = ["a = \(1)", "b = \("x") OR b = \("y")", "TRUE"]
        let sql: SQL = "SELECT \(0) WHERE \(fragment: .joined(filters, " AND ")) LIMIT \(9)"
        #expect(sql.text == "SELECT $1 WHERE a = $2 AND b = $3 OR b = $4 AND TRUE LIMIT $5")
        try await TestDatabase.with { test in
            let sum = try await test.database.first(
                "SELECT \(1)::bigint + x FROM (\(fragment: "SELECT \(40)::bigint + \(1)::bigint AS x")) t", as: Int.self
            )
            #expect(sum == 42)
        }
    }
}

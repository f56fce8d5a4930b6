import Crypto

/// One step in the life of a schema: statements that run once, in one transaction. Like all SQL they are written in the
/// program: there is no way to make one from a `String`.
public struct Migration: Sendable {
    public let number: Int
    public let name: String
    let statements: Script

    public init(_ number: Int, _ name: String, _ statements: StaticString) {
        self.number = number
        self.name = name
        self.statements = Script(statements)
    }

    /// Of the statements, so that a step which was changed after it was taken is noticed.
    public var checksum: String { Hex.encode(SHA256.hash(statements.text)) }
}

/// The steps of one part of a schema, in order: a service's own tables, or those of a module that it uses.
public struct MigrationSet: Sendable {
    public let name: String
    public let migrations: [Migration]

    public init(_ name: String, _ migrations: [Migration]) {
        precondition(
            migrations.map(\.number) == Array(1..<migrations.count + 1), "the migrations of \(name) are not 1, 2, 3 …")
        self.name = name
        self.migrations = migrations
    }
}

/// Why a schema cannot be brought to what the program expects.
public enum MigrationError: Error, Sendable {
    case database(PostgresError)
    /// A step that was taken reads differently now.
    case changed(set: String, number: Int, name: String)
    /// The schema is ahead of the program: a newer version ran here.
    case unknown(set: String, number: Int, name: String)
    case failed(set: String, number: Int, name: String, PostgresError)
}

extension MigrationError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .database(let error): "\(error)"
        case .changed(let set, let number, let name):
            "migration \(number) (\(name)) of \(set) was applied with other statements than it has now: "
                + "restore it and add a new one"
        case .unknown(let set, let number, let name):
            "the schema has migration \(number) (\(name)) of \(set), which this version does not know: "
                + "run the version that made it, or a newer one"
        case .failed(let set, let number, let name, let error):
            "migration \(number) (\(name)) of \(set) failed and changed nothing: \(error)"
        }
    }
}

/// What is left to do of a set, given what was done. Pure.
struct MigrationPlan {
    struct Applied: Decodable, Sendable {
        let number: Int
        let name: String
        let checksum: String
    }

    static func pending(_ set: MigrationSet, applied: [Applied]) throws(MigrationError) -> [Migration] {
        for step in applied {
            guard let known = set.migrations.first(where: { $0.number == step.number }) else {
                throw .unknown(set: set.name, number: step.number, name: step.name)
            }
            guard known.checksum == step.checksum else {
                throw .changed(set: set.name, number: known.number, name: known.name)
            }
        }
        let done = Set(applied.map(\.number))
        return set.migrations.filter { !done.contains($0.number) }
    }
}

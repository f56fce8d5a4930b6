import CPostgres
import Glibc
import Loop

extension DatabaseSettings {
    /// Whether libpq understands the address.
    public static func isAddress(_ url: String) -> Bool {
        guard let options = PQconninfoParse(url, nil) else { return false }
        PQconninfoFree(options)
        return url.utf8.count <= 4096
    }
}

/// Where to connect and how, as libpq's names and values.
struct ConnectionInfo: Sendable {
    private let parameters: [(name: String, value: String)]

    init(_ settings: DatabaseSettings) throws(PostgresError) {
        var values = try Self.parse(settings.url)
        values["application_name"] = values["application_name"] ?? settings.applicationName
        values["client_encoding"] = "UTF8"
        // A peer that vanished is noticed; our own timers see to the rest.
        values["keepalives_idle"] = values["keepalives_idle"] ?? "30"
        values["keepalives_interval"] = values["keepalives_interval"] ?? "10"
        values["keepalives_count"] = values["keepalives_count"] ?? "3"
        let milliseconds = settings.statementTimeout.clampedMilliseconds
        let own = "-c statement_timeout=\(milliseconds) -c idle_in_transaction_session_timeout=\(2 * milliseconds)"
        values["options"] = values["options"].map { "\(own) \($0)" } ?? own
        parameters = values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// The settings of a URL or a `name=value` text, without those that it leaves open.
    private static func parse(_ url: String) throws(PostgresError) -> [String: String] {
        var message: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(url, &message) else {
            // The message may hold the password.
            PQfreemem(message)
            throw .unavailable("the address of the database is not a postgresql:// URL")
        }
        defer { PQconninfoFree(options) }
        var values: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { values[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        return values
    }

    /// Starts to connect; this looks names up and may take long.
    func begin() -> OpaquePointer? {
        let names = parameters.map { strdup($0.name) }
        let values = parameters.map { strdup($0.value) }
        defer { (names + values).forEach { free($0) } }
        let namePointers = names.map { UnsafePointer($0) } + [nil]
        let valuePointers = values.map { UnsafePointer($0) } + [nil]
        return PQconnectStartParams(namePointers, valuePointers, 0)
    }
}

extension Duration {
    var clampedMilliseconds: Int { Int(clamping: clampedNanoseconds / 1_000_000) }
}

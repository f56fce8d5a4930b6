import Configuration
import Loop

/// Where the table of routes comes from: a file, or the one that is built in.
struct RouteSource: Sendable {
    private let path: String?
    private let blocking: BlockingPool

    /// Why a table cannot be used.
    struct Unusable: Error, CustomStringConvertible {
        let description: String
    }

    init(_ settings: RoutingSettings, _ blocking: BlockingPool) {
        path = settings.routesFile
        self.blocking = blocking
    }

    func text() async throws -> String {
        guard let path else { return DefaultRoutes.text }
        return try await blocking.run {
            do throws(SettingFile.Failure) {
                return try SettingFile.read(path)
            } catch {
                throw Unusable(description: "\(path) \(error.reason)")
            }
        }
    }

    func table() async throws -> RouteTable {
        let text = try await text()
        do throws(RouteTable.Malformed) {
            return try RouteTable(parsing: text, services: Set(RoutingSettings.services))
        } catch {
            throw Unusable(description: "\(path ?? "the built-in table"): \(error)")
        }
    }
}

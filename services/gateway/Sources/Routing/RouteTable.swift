import HTTP
import Loop

/// Which requests go where. Read from a text of lines; every problem is found at once, with its line.
///
///     POST  /process         pointcloud  token body=1MiB timeout=30s
///     *     /pointcloud/**   pointcloud  token
///     GET   /status/health   pointcloud  open
///
/// The most particular path wins: a name before a `{parameter}`, that before `**`.
struct RouteTable: Sendable, Equatable {
    struct Problem: Error, Equatable, CustomStringConvertible {
        let line: Int
        let message: String

        var description: String { "line \(line): \(message)" }
    }

    struct Malformed: Error, Equatable, CustomStringConvertible {
        let problems: [Problem]

        var description: String { problems.map(\.description).joined(separator: "; ") }
    }

    static let maximumBytes = 256 * 1024
    static let maximumRoutes = 1000

    let routes: [GatewayRoute]

    init(_ routes: [GatewayRoute]) {
        self.routes = routes
    }

    /// `services` are those that may be named.
    init(parsing text: String, services: Set<String>) throws(Malformed) {
        guard text.utf8.count <= Self.maximumBytes else {
            throw Malformed(problems: [Problem(line: 1, message: "more than \(Self.maximumBytes) bytes")])
        }
        var routes: [GatewayRoute] = []
        var problems: [Problem] = []
        var seen: [String: Int] = [:]
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let number = index + 1
            do throws(RouteLine.Wrong) {
                guard let route = try RouteLine.read(line, services: services) else { continue }
                guard routes.count < Self.maximumRoutes else {
                    throw RouteLine.Wrong("more than \(Self.maximumRoutes) routes")
                }
                for claim in route.claims {
                    if let first = seen[claim] { throw RouteLine.Wrong("\(claim) is in line \(first) already") }
                    seen[claim] = number
                }
                routes.append(route)
            } catch {
                problems.append(Problem(line: number, message: error.message))
            }
        }
        guard problems.isEmpty else { throw Malformed(problems: problems) }
        self.routes = routes
    }
}

extension GatewayRoute {
    /// Each method and path that the route answers, with its parameters' names left out: two that differ in them only are
    /// the same.
    fileprivate var claims: [String] {
        let paths = patterns.map { pattern in
            pattern.split(separator: "/").map { $0.hasPrefix("{") ? "{}" : String($0) }.joined(separator: "/")
        }
        return (methods ?? Set(Method.allCases)).sorted { $0.rawValue < $1.rawValue }.flatMap { method in
            paths.map { "\(method.rawValue) /\($0)" }
        }
    }
}

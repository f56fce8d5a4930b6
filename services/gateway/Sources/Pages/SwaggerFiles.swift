import Glibc
import HTTP
import Loop

/// The files of Swagger UI that our page needs, from the folder where a package put them. Looked for at each request, so
/// that they may come while the gateway runs.
struct SwaggerFiles: Sendable {
    static let names = ["swagger-ui-bundle.js", "swagger-ui.css"]

    let folder: String
    let blocking: BlockingPool

    var areThere: Bool {
        get async {
            let paths = Self.names.map(path)
            return (try? await blocking.run { paths.allSatisfy { access($0, R_OK) == 0 } }) ?? false
        }
    }

    /// `name` is one of ours.
    func answer(_ name: String, to request: Request) async throws -> Response {
        var response = try await Response.file(
            path(name), for: request, contentType: PageFile.contentType(of: name), blocking: blocking)
        response.headers.append("cache-control", PageFile.caching)
        response.headers.append(contentsOf: SecurityFields.part)
        return response
    }

    private func path(_ name: String) -> String { "\(folder)/\(name)" }
}

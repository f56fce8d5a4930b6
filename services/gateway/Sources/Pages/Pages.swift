import ConsolePages
import HTTP
import Loop

/// What people see of the gateway in a browser: the console, and the documentation of the API.
struct Pages: Sendable {
    private let swagger: SwaggerFiles
    private let index = PageFile("index.html", ConsolePages.index, fields: SecurityFields.page)
    private let docs = PageFile("docs.html", ConsolePages.docs, fields: SecurityFields.page)
    private let docsMissing = PageFile("docs-missing.html", ConsolePages.docsMissing, fields: SecurityFields.page)

    init(_ settings: PageSettings, _ blocking: BlockingPool) {
        swagger = SwaggerFiles(folder: settings.swaggerFolder, blocking: blocking)
    }

    func declare(_ routes: inout Routes) {
        routes.on(.get, "/") { [index] request in index.answer(to: request) }
        for part in ConsolePages.parts {
            let file = PageFile(part.name, part.bytes, fields: SecurityFields.part)
            routes.on(.get, "/console/\(part.name)") { request in file.answer(to: request) }
        }
        routes.on(.get, "/docs") { [self] request in
            (await swagger.areThere ? docs : docsMissing).answer(to: request)
        }
        for name in SwaggerFiles.names {
            routes.on(.get, "/docs/\(name)") { [swagger] request in try await swagger.answer(name, to: request) }
        }
    }
}

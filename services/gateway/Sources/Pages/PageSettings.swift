import Configuration

/// Where the files of the pages are that are not ours.
struct PageSettings: Sendable {
    let swaggerFolder: String

    init(_ settings: inout SettingsReader, dataFolder: String) {
        swaggerFolder = settings.value(
            "SWAGGER_UI_DIR", .path, default: "\(dataFolder)/swagger-ui",
            "the folder of Swagger UI's files, swagger-ui.css and swagger-ui-bundle.js; without them /docs says how to get them"
        )
    }
}

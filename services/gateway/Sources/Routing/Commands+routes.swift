import Service

extension ServiceCommand where Configuration == GatewaySettings {
    /// What `ROUTES_FILE` begins from.
    static var routes: [ServiceCommand] {
        [
            ServiceCommand(["routes", "show"], "prints the table of routes that is in force") { settings, context in
                try await RouteSource(settings.routing, context.service.blocking).text()
            }
        ]
    }
}

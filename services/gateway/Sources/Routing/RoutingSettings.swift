import Configuration
import HTTP
import Loop

/// Where services are, which requests go to them, and what clients may.
public struct RoutingSettings: Sendable {
    /// In the order in which they are shown.
    static let services = ["pointcloud", "splat", "asr", "footprint-ocr", "pacs-masks"]

    let routesFile: String?
    let addresses: [String: [Origin]]
    let upstreams: UpstreamState.Limits
    let checks: HealthChecks.Settings
    let client: ClientLimits
    let timeouts: ClientTimeouts
    let bodyLimit: Int
    let trustedProxies: [IPNetwork]
    let cors: CORSRules

    init(_ settings: inout SettingsReader) {
        routesFile = settings.optional(
            "ROUTES_FILE", .path,
            "a table of routes instead of the built-in one (`gateway routes show` prints that); SIGHUP reads it again")
        var addresses: [String: [Origin]] = [:]
        for service in Self.services {
            let variable = service.uppercased().map { $0 == "-" ? "_" : $0 } + "_URL"
            let urls = settings.value(
                String(variable), .list(of: .url(schemes: ["http"])), default: [],
                "where \(service) is; several addresses share the work, and none leaves the service out")
            if !urls.isEmpty {
                addresses[service] = urls.map { Origin(host: $0.host, port: UInt16($0.port)) }
            }
            settings.check(
                urls.allSatisfy { $0.path.isEmpty },
                "\(String(variable)) has a path: expected scheme, host and port alone")
        }
        self.addresses = addresses

        let someTime = Duration.milliseconds(10)...Duration.seconds(86_400)
        var upstreams = UpstreamState.Limits()
        upstreams.failures = settings.value(
            "UPSTREAM_FAILURES", .int(1...1000), default: upstreams.failures,
            "failures in a row after which an address is left out for a while")
        upstreams.firstPause = settings.value(
            "UPSTREAM_FIRST_PAUSE", .duration(someTime), default: upstreams.firstPause,
            "how long it is left out the first time; twice as long each further time")
        upstreams.longestPause = settings.value(
            "UPSTREAM_LONGEST_PAUSE", .duration(someTime), default: upstreams.longestPause,
            "how long it is left out at most")
        upstreams.concurrency = settings.value(
            "UPSTREAM_REQUESTS", .int(1...1_000_000), default: upstreams.concurrency,
            "requests under way to one service; more are answered 503")
        self.upstreams = upstreams

        var checks = HealthChecks.Settings()
        checks.interval = settings.value(
            "UPSTREAM_CHECK_INTERVAL", .duration(someTime), default: checks.interval,
            "how often each address is asked whether it is alive")
        checks.timeout = settings.value(
            "UPSTREAM_CHECK_TIMEOUT", .duration(someTime), default: checks.timeout, "how long it may take to say so")
        self.checks = checks

        var client = ClientLimits()
        client.connectionsPerOrigin = settings.value(
            "UPSTREAM_CONNECTIONS", .int(1...10_000), default: 512, "connections to one address, for each loop")
        self.client = client
        timeouts = ClientTimeouts(
            connect: settings.value(
                "UPSTREAM_CONNECT_TIMEOUT", .duration(someTime), default: .seconds(2),
                "how long a connection to a service may take"),
            firstByte: settings.value(
                "UPSTREAM_TIMEOUT", .duration(someTime), default: .seconds(60),
                "until an answer begins, unless the route says otherwise"),
            betweenBytes: settings.value(
                "UPSTREAM_SILENCE", .duration(someTime), default: .seconds(60),
                "between two pieces of an answer, unless the route says otherwise"))
        bodyLimit = settings.value(
            "ROUTE_BODY_LIMIT", .bytes(0...(1 << 50)), default: 16 << 20,
            "the largest request body, unless the route says otherwise")
        trustedProxies = settings.value(
            "TRUSTED_PROXIES", .list(of: .network), default: [],
            "networks of proxies whose X-Forwarded-For and -Proto are believed")
        cors = CORSRules(&settings)
    }
}

extension CORSRules {
    init(_ settings: inout SettingsReader) {
        let origins = settings.value(
            "CORS_ORIGINS", .list(of: .origin), default: [],
            "origins whose pages may call the API, such as https://viewer.example; * for all, without credentials")
        let credentials = settings.value(
            "CORS_CREDENTIALS", .bool, default: true, "whether those pages may send cookies and see answers to them")
        self.init(origins: Set(origins), allowsCredentials: credentials)
        settings.check(origins == ["*"] || !origins.contains("*"), "CORS_ORIGINS is * or a list of origins, not both")
    }
}

extension SettingKind where Value == String {
    /// As browsers write it: no path, no port that goes without saying.
    static var origin: SettingKind {
        SettingKind(
            expectation: "an origin such as https://viewer.example or http://localhost:3000, or *", placeholder: "*",
            parse: { text in
                if text == "*" { return text }
                guard let url = BaseURL(text), url.path.isEmpty, !text.hasSuffix("/") else { return nil }
                return url.description
            }, text: { $0 })
    }
}

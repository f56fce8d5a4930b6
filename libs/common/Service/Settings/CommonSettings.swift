import Configuration
import HTTP
import Telemetry

/// The settings that every service has.
public struct CommonSettings: Sendable {
    public enum LogFormatChoice: String, Sendable, CaseIterable {
        case auto, json, text
    }

    public let logLevel: LogLevel
    public let logFormatChoice: LogFormatChoice
    /// Where traces are sent; without it none are.
    public let traceEndpoint: BaseURL?
    public let traceSampleRatio: Double

    public let host: String
    public let port: Int
    public let internalHost: String
    public let internalPort: Int
    /// Another process of the same user may listen on the same ports.
    public let sharesPorts: Bool
    /// Nil where the public port speaks plain HTTP.
    public let tls: TLSSettings?
    /// For how long browsers are to come by TLS alone, in seconds; 0 says nothing to them.
    public let strictTransportSeconds: Int
    /// Of one connection at a time.
    public let http2Requests: Int

    /// 0 stands for one per core.
    public let loops: Int
    public let blockingThreads: Int

    public let drainGrace: Duration
    public let drainTimeout: Duration
    public let requestTimeout: Duration
    public let limits: ConnectionLimits

    public init(
        _ settings: inout SettingsReader, port: Int, internalPort: Int, requestTimeout: Duration = .seconds(60),
        maximumBodyBytes: Int = 16 << 20, offersTLS: Bool = false
    ) {
        host = settings.value("HOST", .listeningAddress, default: "127.0.0.1", "the address to listen on")
        self.port = settings.value("PORT", .port, default: port, "the port for requests; 0 picks a free one")
        internalHost = settings.value(
            "INTERNAL_HOST", .listeningAddress, default: "127.0.0.1",
            "the address of the internal port; what is there is for operators alone")
        self.internalPort = settings.value(
            "INTERNAL_PORT", .port, default: internalPort, "the port for metrics and readiness; 0 picks a free one")
        settings.check(
            self.port != self.internalPort || self.port == 0 || !ListeningAddress.collide(host, internalHost),
            "PORT and INTERNAL_PORT are both \(self.port) on the same address: expected two ports")
        sharesPorts = settings.value(
            "SHARE_PORTS", .bool, default: false,
            "whether a newer process of the same user may listen on the same ports before this one ends")
        tls = offersTLS ? TLSSettings(&settings) : nil
        strictTransportSeconds =
            offersTLS
            ? settings.value(
                "TLS_HSTS_SECONDS", .int(0...63_072_000), default: 0,
                "how long browsers that came by TLS come by nothing else, to any port of this host name; 0 leaves it open"
            )
            : 0
        http2Requests =
            offersTLS
            ? settings.value(
                "HTTP2_MAX_REQUESTS", .int(1...1000), default: HTTP2Limits().concurrentStreams,
                "requests of one connection in HTTP/2 at a time")
            : HTTP2Limits().concurrentStreams

        logLevel = settings.value(
            "LOG_LEVEL", .choice(LogLevel.allCases.map { ($0.name, $0) }), default: .info, "the least that is logged")
        logFormatChoice = settings.value(
            "LOG_FORMAT", .choice(of: LogFormatChoice.self), default: .auto,
            "how logs are written; auto is text on a terminal and JSON elsewhere")
        traceEndpoint = settings.optional(
            "OTEL_EXPORTER_OTLP_ENDPOINT", .url(), "the OTLP/HTTP collector that traces go to")
        traceSampleRatio = settings.value(
            "OTEL_TRACES_SAMPLER_ARG", .double(0...1), default: 1, "the share of new traces that are recorded")

        loops = settings.value("LOOPS", .int(0...1024), default: 0, "event loops; 0 is one per core")
        blockingThreads = settings.value(
            "BLOCKING_THREADS", .int(1...256), default: 4, "threads for work that blocks, such as reading files")

        let anyTime = Duration.zero...Duration.seconds(3600)
        let someTime = Duration.milliseconds(1)...Duration.seconds(86_400)
        drainGrace = settings.value(
            "DRAIN_GRACE", .duration(anyTime), default: .zero,
            "how long it still takes requests after it was told to stop, while it reports that it is not ready")
        drainTimeout = settings.value(
            "DRAIN_TIMEOUT", .duration(anyTime), default: .seconds(30),
            "how long it waits for running requests before it stops all the same")
        self.requestTimeout = settings.value(
            "REQUEST_TIMEOUT", .duration(someTime), default: requestTimeout, "the longest that a request may take")
        limits = ConnectionLimits(&settings, maximumBodyBytes: maximumBodyBytes)
    }

    /// What stands before clients' addresses of this service.
    public var scheme: String { tls == nil ? "http" : "https" }

    /// How logs are written to the descriptor.
    public func logFormat(for descriptor: Int32) -> LogFormat {
        let automatic = LogFormat.automatic(for: descriptor)
        return switch logFormatChoice {
        case .auto: automatic
        case .json: .json
        case .text: automatic == .json ? .text(colours: false) : automatic
        }
    }
}

/// What one client may take of a service.
public struct ConnectionLimits: Sendable {
    public let maximumConnections: Int
    public let headerTimeout: Duration
    public let bodyTimeout: Duration
    public let idleTimeout: Duration
    public let writeTimeout: Duration
    public let maximumHeaderBytes: Int
    public let maximumBodyBytes: Int

    init(_ settings: inout SettingsReader, maximumBodyBytes: Int) {
        let time = Duration.milliseconds(1)...Duration.seconds(3600)
        maximumConnections = settings.value(
            "MAX_CONNECTIONS", .int(1...1_000_000), default: 10_000, "connections at a time; more are answered 503")
        headerTimeout = settings.value(
            "HEADER_TIMEOUT", .duration(time), default: .seconds(10), "the longest that a request's head may take")
        bodyTimeout = settings.value(
            "BODY_TIMEOUT", .duration(time), default: .seconds(30), "the longest wait for the next bytes of a body")
        idleTimeout = settings.value(
            "IDLE_TIMEOUT", .duration(time), default: .seconds(75), "how long a connection without requests stays open")
        writeTimeout = settings.value(
            "WRITE_TIMEOUT", .duration(time), default: .seconds(30), "the longest wait for a client to take an answer")
        maximumHeaderBytes = settings.value(
            "MAX_HEADER_BYTES", .bytes(1024...(1 << 20)), default: 16 << 10, "the largest head of a request")
        self.maximumBodyBytes = settings.value(
            "MAX_BODY_BYTES", .bytes(0...(1 << 40)), default: maximumBodyBytes, "the largest body of a request")
    }
}

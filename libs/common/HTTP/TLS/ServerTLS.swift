import Loop
import Telemetry

/// What a server speaks TLS with.
///
///     let tls = try ServerTLS(TLSSettings(certificateFile: "server.pem", keyFile: "server.key"))
///     let server = Server(group: loops, tls: tls, router: router)
///     try tls.reload()
///
/// New files are for new connections; those that are open keep what they began with.
public final class ServerTLS: Sendable {
    private let settings: TLSSettings
    private let tickets: TicketKeys
    private let current: Locked<TLSContext>
    private let counters: HandshakeCounters

    public init(_ settings: TLSSettings, metrics: Metrics = Metrics()) throws(TLSError) {
        self.settings = settings
        tickets = try TicketKeys()
        current = Locked(try TLSContext(settings, tickets))
        counters = HandshakeCounters(metrics)
    }

    public var certificate: TLSCertificate { current.withLock { $0.certificate } }

    /// Reads both files again. When they cannot be used nothing changes.
    @discardableResult
    public func reload() throws(TLSError) -> TLSCertificate {
        let context = try TLSContext(settings, tickets)
        current.withLock { $0 = context }
        return context.certificate
    }

    /// A session for a connection that was accepted; nil when there is no memory.
    func session(_ socket: Int32, on loop: EventLoop) -> TLSSession? {
        let context = current.withLock { $0 }
        return TLSSession(context, socket: socket, scratch: TLSScratch.of(loop), counters)
    }
}

/// How handshakes end.
struct HandshakeCounters: Sendable {
    let full: Counter
    let resumed: Counter
    let failed: Counter

    init(_ metrics: Metrics) {
        func counter(_ result: String) -> Counter {
            metrics.counter("tls_handshakes_total", help: "TLS handshakes, by result.", labels: [("result", result)])
        }
        full = counter("full")
        resumed = counter("resumed")
        failed = counter("failed")
    }
}

import CTLS
import Loop
import Telemetry

/// One connection's TLS. Belongs to its loop.
final class TLSSession {
    enum Handshake { case done, more, failed }

    private let pointer: OpaquePointer
    private let scratch: TLSScratch
    private let counters: HandshakeCounters
    private(set) var isEstablished = false
    private(set) var isPeerClosed = false
    /// What ALPN agreed on; nil when the client did not ask.
    private(set) var negotiatedProtocol: String?

    init?(_ context: TLSContext, socket: Int32, scratch: TLSScratch, _ counters: HandshakeCounters) {
        guard let pointer = ctls_session_new(context.pointer, socket, scratch.pointer) else { return nil }
        self.pointer = pointer
        self.scratch = scratch
        self.counters = counters
    }

    deinit {
        ctls_session_free(pointer)
    }

    /// The socket has said that there is something to read, or that nothing more will come.
    func mayRead(isPeerClosed: Bool) {
        if isPeerClosed { self.isPeerClosed = true }
        ctls_session_may_read(pointer, isPeerClosed ? 1 : 0)
    }

    func handshake() -> Handshake {
        switch ctls_handshake(pointer) {
        case 1:
            isEstablished = true
            negotiatedProtocol = agreedProtocol()
            (ctls_is_resumed(pointer) == 1 ? counters.resumed : counters.full).add()
            return .done
        case Int32(CTLS_WOULD_BLOCK): return .more
        default:
            counters.failed.add()
            return .failed
        }
    }

    private func agreedProtocol() -> String? {
        var name: UnsafePointer<UInt8>?
        let count = ctls_protocol(pointer, &name)
        guard let name, count > 0 else { return nil }
        return String(decoding: UnsafeBufferPointer(start: name, count: count), as: UTF8.self)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        buffer.baseAddress.map { ctls_read(pointer, $0, buffer.count) } ?? Int(CTLS_WOULD_BLOCK)
    }

    /// How many bytes were taken. Until all that was taken is on its way one byte is not counted, and asked for again.
    func write(_ head: UnsafeRawBufferPointer, _ body: UnsafeRawBufferPointer) -> Int {
        ctls_write(pointer, head.baseAddress, head.count, body.baseAddress, body.count)
    }

    func sendFile(_ file: Int32, offset: Int64, count: Int) -> Int {
        ctls_send_file(pointer, file, offset, count)
    }

    /// Sends what the socket did not take before.
    func flush() -> Int32 { ctls_flush(pointer) }

    func sayGoodbye() { ctls_say_goodbye(pointer) }

    /// Whether a read may have something although the socket says nothing.
    var hasMore: Bool { ctls_has_more(pointer) != 0 }
    var hasBuffered: Bool { ctls_has_buffered(pointer) != 0 }
    var heardHTTP: Bool { ctls_is_http(pointer) != 0 }
}

/// Where the sessions of one loop put records before they are sent.
final class TLSScratch {
    let pointer: OpaquePointer

    init() {
        guard let pointer = ctls_scratch_new() else { fatalError("no memory for TLS") }
        self.pointer = pointer
    }

    deinit {
        ctls_scratch_free(pointer)
    }

    static func of(_ loop: EventLoop) -> TLSScratch {
        loop.attachment(TLSScratch.self) { TLSScratch() }
    }
}

import Glibc
import Loop

/// A blocking client socket that sends exactly what a test says, and reads with a deadline.
final class RawConnection: Sendable {
    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    let descriptor: Int32

    init(port: UInt16, receiveBuffer: Int32? = nil) throws {
        // Not for programs that other tests start meanwhile: they would keep it open.
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Failed(description: "socket: \(errno)") }
        if var size = receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        var limit = timeval(tv_sec: 15, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr = in_addr(s_addr: UInt32(0x7f00_0001).bigEndian)
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        // A throwing initialiser still runs `deinit`, which closes.
        guard connected == 0 else { throw Failed(description: "connect: \(errno)") }
    }

    deinit {
        Glibc.close(descriptor)
    }

    func send(_ text: String) throws {
        try send(Array(text.utf8))
    }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failed(description: "send: \(errno)") }
            sent += count
        }
    }

    /// Sends as much as the socket takes within the time; answers how much that was.
    func sendWhatFits(_ bytes: [UInt8], milliseconds: Int) -> Int {
        limitSending(to: timeval(tv_sec: 0, tv_usec: milliseconds * 1000))
        defer { limitSending(to: timeval(tv_sec: 15, tv_usec: 0)) }
        var total = 0
        while true {
            let count = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
            guard count > 0 else { return total }
            total += count
        }
    }

    private func limitSending(to time: timeval) {
        var time = time
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    }

    /// What has come by the time the text is seen in it, or the peer closed.
    func receive(until text: String) throws -> String {
        var received: [UInt8] = []
        let wanted = Array(text.utf8)
        while received.firstRange(of: wanted) == nil {
            guard let block = try receiveBlock() else { break }
            received += block
        }
        return String(decoding: received, as: UTF8.self)
    }

    /// Everything until the peer closes.
    func receiveAll() throws -> String {
        var received: [UInt8] = []
        while let block = try receiveBlock() { received += block }
        return String(decoding: received, as: UTF8.self)
    }

    /// Nil at the end, also when the connection was reset.
    func receiveBlock(_ size: Int = 65536) throws -> [UInt8]? {
        var block = [UInt8](repeating: 0, count: size)
        var count = recv(descriptor, &block, size, 0)
        while count < 0, errno == EINTR { count = recv(descriptor, &block, size, 0) }
        if count > 0 { return Array(block[..<count]) }
        if count == 0 || errno == ECONNRESET { return nil }
        throw Failed(description: "nothing received within 15 s")
    }

    func finishSending() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Closes so that the peer sees a reset.
    func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
        shutdown(descriptor, Int32(SHUT_RDWR))
    }
}

/// Runs blocking test code off the loops and off Swift's own threads.
func blocking<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await testThreads.run(body)
}

/// Runs a long computation off Swift's own threads, which other tests need to meet their deadlines. One at a time.
func computing<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await computationThread.run(body)
}

private let computationThread = BlockingPool(maximumThreads: 1, maximumQueued: 100_000)
private let testThreads = BlockingPool(maximumThreads: 64)

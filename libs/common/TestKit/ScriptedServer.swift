import CLinux
import Glibc
import Loop
import Synchronization

/// A raw TCP server that plays a script on each connection: the nth script on the nth one, the last on all further
/// ones. A connection ends with its script.
public final class ScriptedServer: Sendable {
    public typealias Script = @Sendable (Peer) throws -> Void

    public let port: UInt16
    private let listener: Int32
    private let pool = BlockingPool(maximumThreads: 64)
    private let accepted = Atomic<Int>(0)

    public convenience init(_ scripts: Script...) throws {
        try self.init(scripts)
    }

    public init(_ scripts: [Script]) throws {
        let listener = blockingSocket()
        var address = sockaddr_in.loopback(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = bind(listener, $0, length)
                _ = listen(listener, 64)
                _ = getsockname(listener, $0, &length)
            }
        }
        self.listener = listener
        port = UInt16(bigEndian: address.sin_port)
        Task { try await self.pool.run { self.acceptAll(scripts) } }
    }

    /// Connections that were accepted so far.
    public var connections: Int { accepted.load(ordering: .relaxed) }

    private func acceptAll(_ scripts: [Script]) {
        while true {
            let descriptor = clinux_accept(listener, nil, nil)
            guard descriptor >= 0 else {
                close(listener)
                return
            }
            makeBlocking(descriptor)
            let index = accepted.wrappingAdd(1, ordering: .relaxed).oldValue
            let script = scripts[min(index, scripts.count - 1)]
            Task {
                try await self.pool.run {
                    let peer = Peer(descriptor)
                    defer { peer.close() }
                    try script(peer)
                }
            }
        }
    }

    /// The accepting thread closes the socket, so that its number is not another's while it still accepts on it.
    public func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
    }
}

/// Closed in programs that other tests start: a socket that stays open in one of them would never end.
public func blockingSocket() -> Int32 {
    let descriptor = clinux_socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    makeBlocking(descriptor)
    return descriptor
}

private func makeBlocking(_ descriptor: Int32) {
    _ = fcntl(descriptor, F_SETFL, 0)
}

extension sockaddr_in {
    public static func loopback(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr = in_addr(s_addr: UInt32(0x7f00_0001).bigEndian)
        return address
    }
}

/// The server's end of one connection; its calls block.
public final class Peer: Sendable {
    public struct Ended: Error {}

    private let descriptor: Int32
    private let buffered = Locked<[UInt8]>([])
    private let isClosed = Atomic<Bool>(false)

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    private func fill() throws {
        var block = [UInt8](repeating: 0, count: 65536)
        let count = recv(descriptor, &block, block.count, 0)
        guard count > 0 else { throw Ended() }
        buffered.withLock { $0 += block[..<count] }
    }

    /// Reads up to the end of a head and answers it.
    @discardableResult
    public func head() throws -> String {
        while true {
            let head = buffered.withLock { bytes -> String? in
                guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
                defer { bytes.removeFirst(end.upperBound) }
                return String(decoding: bytes[..<end.upperBound], as: UTF8.self)
            }
            if let head { return head }
            try fill()
        }
    }

    @discardableResult
    public func read(_ count: Int) throws -> [UInt8] {
        while buffered.withLock({ $0.count < count }) { try fill() }
        return buffered.withLock { bytes in
            defer { bytes.removeFirst(count) }
            return Array(bytes[..<count])
        }
    }

    /// Reads until `ending` came; answers everything up to it.
    @discardableResult
    public func read(until ending: String) throws -> String {
        while true {
            let text = buffered.withLock { bytes -> String? in
                guard let end = bytes.firstRange(of: Array(ending.utf8)) else { return nil }
                defer { bytes.removeFirst(end.upperBound) }
                return String(decoding: bytes[..<end.upperBound], as: UTF8.self)
            }
            if let text { return text }
            try fill()
        }
    }

    public func send(_ text: String) throws {
        try send(Array(text.utf8))
    }

    public func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Ended() }
            sent += count
        }
    }

    /// Returns when the client has ended the connection.
    public func waitForEnd() {
        while (try? fill()) != nil {}
    }

    /// Returns when the socket has taken nothing more of `bytes` for a while; answers how much it took.
    public func sendUntilStuck(_ bytes: [UInt8]) -> Int {
        var limit = timeval(tv_sec: 0, tv_usec: 200_000)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { break }
            sent += count
        }
        limit.tv_sec = 20
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        return sent
    }

    /// Ends the connection with a reset instead of an end.
    public func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
        close()
    }

    public func close() {
        if !isClosed.exchange(true, ordering: .relaxed) { _ = Glibc.close(descriptor) }
    }
}

import Configuration
import Glibc

/// `--probe`: asks the service on this machine whether it is alive, for container health checks. Needs no curl.
struct Probe {
    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    /// Less than what container health checks give it, so that it can still say what is wrong.
    private static let patience = 2

    private let host: String
    private let port: Int

    /// Asks the internal port: at the address that it listens on, or at the loopback one if it listens on all.
    init(_ settings: CommonSettings) {
        host = ListeningAddress.reachable(settings.internalHost)
        port = settings.internalPort
    }

    /// Returns when the service is alive.
    func run() throws(Failed) {
        guard port != 0 else { throw failed("INTERNAL_PORT is 0, so nobody knows which port it has") }
        let descriptor = try connected()
        defer { close(descriptor) }
        let request = Array("GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8)
        guard send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
            throw failed(reason())
        }
        let line = try firstLine(descriptor)
        guard line.hasPrefix("HTTP/1.1 200") else { throw failed("the answer was \(shown(line))") }
    }

    private func connected() throws(Failed) -> Int32 {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, "\(port)", &hints, &found) == 0, let address = found?.pointee else {
            throw failed("not a numeric address")
        }
        defer { freeaddrinfo(found) }
        let descriptor = socket(address.ai_family, address.ai_socktype, 0)
        guard descriptor >= 0 else { throw failed(reason()) }
        var timeout = timeval(tv_sec: Self.patience, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        guard connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 else {
            let failure = failed(reason())
            close(descriptor)
            throw failure
        }
        return descriptor
    }

    private func firstLine(_ descriptor: Int32) throws(Failed) -> String {
        var answer: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 256)
        while answer.count < block.count, !answer.contains(UInt8(ascii: "\r")) {
            let count = recv(descriptor, &block, block.count, 0)
            guard count >= 0 else { throw failed(reason()) }
            guard count > 0 else { break }
            answer += block[..<count]
        }
        return String(decoding: answer.prefix { $0 != UInt8(ascii: "\r") }, as: UTF8.self)
    }

    private func reason() -> String {
        switch errno {
        case EAGAIN, EINPROGRESS: "no answer within \(Self.patience) s"
        case let code: String(cString: strerror(code))
        }
    }

    private func failed(_ reason: String) -> Failed {
        Failed(description: "not alive at \(host.contains(":") ? "[\(host)]" : host):\(port): \(reason)")
    }
}

import CLinux
import Glibc
import HTTP
import Loop

/// An answer as a test reads it.
public struct TestAnswer: Sendable {
    public let status: Int
    public let headers: [(name: String, value: String)]
    public let body: [UInt8]

    public var text: String { String(decoding: body, as: UTF8.self) }

    public func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}

/// The plainest client there is: one blocking connection a request, on a thread of its own. It shares no code with
/// the server under test, so that one cannot hide the other's mistakes.
public enum TestClient {
    public struct Failed: Error, CustomStringConvertible {
        public let description: String
    }

    private static let blocking = BlockingPool(maximumThreads: 64)

    public static func request(
        port: UInt16, _ method: String, _ path: String, headers: Headers = [:], body: [UInt8] = []
    ) async throws -> TestAnswer {
        var head = "\(method) \(path) HTTP/1.1\r\nhost: 127.0.0.1:\(port)\r\nconnection: close\r\n"
        headers.forEach { head += "\($0): \($1)\r\n" }
        if !body.isEmpty || method == "POST" || method == "PUT" { head += "content-length: \(body.count)\r\n" }
        return try parse(try await exchange(port: port, Array((head + "\r\n").utf8) + body))
    }

    /// Sends bytes as they are and reads until the server closes.
    public static func exchange(port: UInt16, _ bytes: [UInt8], timeout: Int = 20) async throws -> [UInt8] {
        try await blocking.run { try blockingExchange(port, bytes, timeout) { _ in false } }
    }

    /// Sends bytes as they are and reads one head; nil when the server closes or says nothing.
    public static func status(port: UInt16, _ bytes: [UInt8], timeout: Int) async throws -> Int? {
        let answer = try? await blocking.run {
            try blockingExchange(port, bytes, timeout) { $0.firstRange(of: Array("\r\n\r\n".utf8)) != nil }
        }
        return answer.flatMap { Int(String(decoding: $0.dropFirst(9).prefix(3), as: UTF8.self)) }
    }

    private static func blockingExchange(
        _ port: UInt16, _ bytes: [UInt8], _ timeout: Int, until isEnough: ([UInt8]) -> Bool
    ) throws -> [UInt8] {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Failed(description: "socket") }
        defer { close(descriptor) }
        var limit = timeval(tv_sec: timeout, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr = in_addr(s_addr: UInt32(0x7f00_0001).bigEndian)
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw Failed(description: "connection refused on port \(port)") }
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                send(descriptor, $0.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            sent += count
        }
        var received: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = recv(descriptor, &block, block.count, 0)
            if count > 0 {
                received += block[..<count]
                if isEnough(received) { return received }
            } else if count == 0 || errno == ECONNRESET {
                return received
            } else if errno == EINTR {
                continue
            } else {
                throw Failed(description: "no answer within \(timeout) s (\(errno))")
            }
        }
    }

    /// Splits one answer into its parts; chunks are put together.
    public static func parse(_ bytes: [UInt8]) throws -> TestAnswer {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else {
            throw Failed(description: "no complete answer: \(String(decoding: bytes.prefix(200), as: UTF8.self))")
        }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        guard let first = lines.first, first.hasPrefix("HTTP/1.1 "), let status = Int(first.dropFirst(9).prefix(3))
        else { throw Failed(description: "not an answer: \(lines.first ?? "")") }
        let headers = lines.dropFirst().map { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            return (name: String(parts[0]), value: parts.count > 1 ? String(parts[1].drop { $0 == " " }) : "")
        }
        var body = Array(bytes[end.upperBound...])
        if headers.contains(where: { $0.name.lowercased() == "transfer-encoding" }) { body = try dechunk(body) }
        return TestAnswer(status: status, headers: headers, body: body)
    }

    private static func dechunk(_ bytes: [UInt8]) throws -> [UInt8] {
        var body: [UInt8] = []
        var rest = bytes[...]
        while let line = rest.firstRange(of: Array("\r\n".utf8)) {
            let text = String(decoding: rest[..<line.lowerBound], as: UTF8.self)
            guard let size = Int(text, radix: 16) else { throw Failed(description: "bad chunk size \(text)") }
            if size == 0 { return body }
            let start = line.upperBound
            guard start + size + 2 <= rest.endIndex else { break }
            body += rest[start..<start + size]
            rest = rest[(start + size + 2)...]
        }
        throw Failed(description: "the chunks end too early")
    }
}

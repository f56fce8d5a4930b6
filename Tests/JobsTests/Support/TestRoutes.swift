import Glibc
import HTTP
import JSON
import Loop
import Telemetry
import TestKit
import Testing

@testable import Jobs

/// The routes of a queue behind a server, with callers that say themselves who they are.
struct TestRoutes {
    struct Artifacts: ArtifactSource {
        func read(_ artifact: JobArtifact, offset: Int, count: Int) async throws -> Response.Body {
            .bytes(Array(artifact.location.utf8.dropFirst(offset).prefix(count)))
        }
    }

    let port: UInt16
    let document: JSONValue

    static func with<Result>(
        _ test: TestQueue, artifacts: any ArtifactSource = Artifacts(), body: (TestRoutes) async throws -> Result
    ) async throws -> Result {
        let jobs = JobRoutes(test.queue, artifacts: artifacts) { request in
            guard let user = request.headers["x-user"] else {
                throw ServiceError(.unauthorized, "unauthorized", "who are you?")
            }
            return JobCaller(id: user, isAdmin: request.headers["x-role"] == "admin")
        }
        var routes = Routes(metrics: test.metrics)
        routes.group("/svc") { $0.declare(jobs) }
        routes.declareDocument(title: "Jobs", version: "1")
        let server = Server(group: TestService.loops, router: routes.build(logger: .silent))
        let port = try await server.start(port: 0)
        do {
            let answer = try await TestClient.request(port: port, "GET", "/openapi.json")
            let result = try await body(TestRoutes(port: port, document: try JSONValue.parse(answer.body)))
            await server.stop()
            return result
        } catch {
            await server.stop()
            throw error
        }
    }

    func request(
        _ method: String, _ path: String, as user: String? = "a", headers: Headers = [:]
    ) async throws -> TestAnswer {
        var headers = headers
        headers["x-user"] = user
        return try await TestClient.request(port: port, method, "/svc" + path, headers: headers)
    }

    func json(
        _ method: String, _ path: String, as user: String? = "a", headers: Headers = [:]
    ) async throws -> (status: Int, body: JSONValue) {
        let answer = try await request(method, path, as: user, headers: headers)
        return (answer.status, try JSONValue.parse(answer.body))
    }

    func request(_ path: String, as user: String? = "a", headers: Headers = [:]) async throws -> TestAnswer {
        try await request("GET", path, as: user, headers: headers)
    }

    func json(
        _ path: String, as user: String? = "a", headers: Headers = [:]
    ) async throws -> (status: Int, body: JSONValue) {
        try await json("GET", path, as: user, headers: headers)
    }

    struct CannotConnect: Error {}

    struct Event: Equatable {
        var id: Int
        var type: String
    }

    private static let blocking = BlockingPool(maximumThreads: 8)

    /// Reads a stream of events until so many bytes have come or it ends, and hangs up. Answers the events that came
    /// whole, and whether it ended by itself.
    func events(
        of id: UUID, after last: Int? = nil, bytes limit: Int = .max, as user: String = "a"
    ) async throws -> (events: [Event], isOver: Bool) {
        let port = port
        return try await Self.blocking.run {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(descriptor) }
            var timeout = timeval(tv_sec: 20, tv_usec: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr = in_addr(s_addr: UInt32(0x7f00_0001).bigEndian)
            let connected = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            guard connected == 0 else { throw CannotConnect() }
            var head = "GET /svc/jobs/\(id)/events HTTP/1.1\r\nhost: x\r\nx-user: \(user)\r\nconnection: close\r\n"
            if let last { head += "last-event-id: \(last)\r\n" }
            head += "\r\n"
            _ = head.withCString { send(descriptor, $0, head.utf8.count, Int32(MSG_NOSIGNAL)) }
            var received: [UInt8] = []
            var block = [UInt8](repeating: 0, count: 4096)
            while received.count < limit {
                let count = recv(descriptor, &block, min(block.count, limit - received.count), 0)
                guard count > 0 else { break }
                received += block[..<count]
            }
            return (Self.parse(received), received.suffix(5) == Array("0\r\n\r\n".utf8)[...])
        }
    }

    private static func parse(_ bytes: [UInt8]) -> [Event] {
        // Chunk sizes stand on lines of their own, and no event of ours is split over lines.
        let text = String(decoding: bytes, as: UTF8.self).replacing("\r\n", with: "\n")
        var events: [Event] = []
        var (id, type): (Int?, String?) = (nil, nil)
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            if line.hasPrefix("id: ") { id = Int(line.dropFirst(4)) }
            if line.hasPrefix("event: ") { type = String(line.dropFirst(7)) }
            if line.isEmpty, let known = id, let name = type {
                events.append(Event(id: known, type: name))
                (id, type) = (nil, nil)
            }
        }
        return events
    }
}

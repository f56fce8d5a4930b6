import Glibc
import HTTP
import Loop
import Telemetry
import TestKit
import Testing

/// HTTP/2 as clients that others wrote see it, and as no honest client speaks it. `Support` has their side.
@Suite("HTTP/2", .timeLimit(.minutes(3)), .enabled(if: TestPython.path != nil, "\(TestPython.whyAbsent)"))
struct HTTP2ServerTests {
    /// What handlers have seen.
    final class Seen: Sendable {
        let begun = Shared(0)
        let cancelled = Shared(0)
        let file = Shared("")
    }

    struct Teapot: ServiceErrorConvertible {
        var serviceError: ServiceError { ServiceError(Status(418), "teapot", "no coffee") }
    }

    private func declare(_ routes: inout Routes, _ seen: Seen) {
        routes.on(.get, "/hello") { request in .text("hello \(request.query["name"] ?? "nobody")") }
        routes.on(.get, "/work") { _ in
            try await EventLoop.current?.sleep(for: .milliseconds(1))
            return .text("done")
        }
        for method in [Method.put, .post] {
            routes.on(method, "/echo") { request in
                Response(
                    contentType: .bytes,
                    body: .stream(length: nil) { writer in
                        for try await block in request.body { try await writer.write(block) }
                    })
            }
        }
        for method in [Method.get, .post] {
            routes.on(method, "/wait") { _ in
                seen.begun.update { $0 += 1 }
                do {
                    try await EventLoop.current?.sleep(for: .seconds(60))
                } catch {
                    seen.cancelled.update { $0 += 1 }
                    throw error
                }
                return .text("late")
            }
        }
        routes.on(.get, "/stubborn") { _ in
            seen.begun.update { $0 += 1 }
            // Not cancelled with the request.
            await Task { try? await TestService.loops.loops[0].sleep(for: .seconds(2)) }.value
            return .text("at last")
        }
        routes.on(.get, "/hints") { request in
            request.announce(.earlyHints, ["Link": "</a.css>; rel=preload", "Connection": "x"])
            return .text("hinted")
        }
        routes.on(.get, "/begun") { _ in .text("\(seen.begun.value)") }
        routes.on(.post, "/unread") { _ in .text("done") }
        routes.on(.post, "/collect") { request in .text("\(try await request.body.collect(upTo: 1 << 20).count)") }
        routes.on(.get, "/big") { _ in Response(body: .bytes([UInt8](repeating: 7, count: 32 << 20))) }
        routes.on(.get, "/file") { request in
            try await .file(seen.file.value, for: request, blocking: BlockingPool(maximumThreads: 1))
        }
        routes.on(.get, "/cookies") { request in .text(request.headers["cookie"] ?? "none") }
        routes.on(.get, "/capitals") { _ in
            Response(headers: ["X-Capital": " 1 ", "Connection": "close, x", "Keep-Alive": "5", "Date": "never"])
        }
        routes.on(.get, "/late-failure") { _ in Response(body: .stream(length: nil) { _ in throw Teapot() }) }
        routes.on(.get, "/events") { _ in
            let (events, source) = AsyncStream.makeStream(of: ServerSentEvent.self)
            for number in 0..<3 { source.yield(ServerSentEvent(data: "\(number)")) }
            source.onTermination = { _ in seen.cancelled.update { $0 += 1 } }
            return .events(events)
        }
    }

    private static let support =
        #filePath.split(separator: "/").dropLast().map { "/" + $0 }.joined() + "/Support/"

    private func run(
        _ script: String, _ arguments: [String] = [], port: UInt16, environment: [String: String] = [:]
    ) async throws {
        var complete = environment
        complete["PORT"] = "\(port)"
        complete["PYTHONDONTWRITEBYTECODE"] = "1"
        let result = try await TestProcess.run(
            TestPython.path ?? "python3", [Self.support + script] + arguments, environment: complete)
        #expect(result.status == 0 && result.output.hasSuffix("all right\n"), "\(arguments): \(result.output)")
    }

    private func withPlainServer(
        _ limits: ServerLimits = ServerLimits(), metrics: Metrics = Metrics(),
        _ body: (Server, UInt16, Seen) async throws -> Void
    ) async throws {
        let seen = Seen()
        var routes = Routes(metrics: metrics)
        declare(&routes, seen)
        let server = Server(
            group: TestService.loops, limits: limits, telemetry: ServerTelemetry(metrics: metrics),
            http2PriorKnowledge: true, router: routes.build(logger: .silent))
        let port = try await server.start(port: 0)
        do {
            try await body(server, port, seen)
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
        #expect(await eventually { server.openConnections == 0 })
    }

    private func makeFile(in folder: ThrowAwayDirectory) -> String {
        let path = folder.path + "/file"
        let bytes = (0..<3_000_001).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let descriptor = open(path, O_WRONLY | O_CREAT, 0o600)
        _ = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
        return path
    }

    @Test("serves httpx: bodies both ways, HEAD, files, ranges, cookies, errors")
    func honest() async throws {
        let folder = try ThrowAwayDirectory()
        defer { folder.remove() }
        try await withPlainServer { _, port, seen in
            seen.file.set(makeFile(in: folder))
            try await run("client.py", ["honest"], port: port, environment: ["FILE": seen.file.value])
        }
    }

    @Test("serves httpx over TLS, where ALPN chose it")
    func honestOverTLS() async throws {
        let certificate = try await TestCertificate()
        defer { certificate.remove() }
        let seen = Seen()
        seen.file.set(makeFile(in: certificate.folder))
        try await withTLSServer(certificate, { declare(&$0, seen) }) { port, _ in
            let environment = ["FILE": seen.file.value, "TLS": certificate.certificate]
            try await run("client.py", ["honest"], port: port, environment: environment)
            try await run("client.py", ["continues"], port: port, environment: environment)
            try await run("client.py", ["given_up"], port: port, environment: environment)
        }
    }

    @Test(
        "keeps to the protocol",
        arguments: ["continues", "interleaved", "windows", "events"])
    func protocolRules(scenario: String) async throws {
        try await withPlainServer { _, port, seen in
            try await run("client.py", [scenario], port: port)
            if scenario == "events" { #expect(await eventually { seen.cancelled.value == 1 }) }
        }
    }

    @Test("cancels the handler of a request that is given up, and no other")
    func givenUp() async throws {
        try await withPlainServer { _, port, seen in
            try await run("client.py", ["given_up"], port: port)
            #expect(await eventually { seen.begun.value == seen.cancelled.value })
        }
    }

    @Test("counts requests that were given up until their handlers have ended")
    func refused() async throws {
        var limits = ServerLimits()
        limits.http2.concurrentStreams = 10
        try await withPlainServer(limits) { _, port, _ in try await run("client.py", ["refused"], port: port) }
    }

    @Test("bounds bodies, heads, handlers, windows and silence in size and time")
    func bounds() async throws {
        var limits = ServerLimits()
        limits.bodyBytes = 1000
        limits.headerTimeout = .milliseconds(500)
        limits.idleTimeout = .milliseconds(500)
        limits.bodyTimeout = .milliseconds(500)
        limits.writeTimeout = .milliseconds(500)
        limits.requestTimeout = .seconds(1)
        try await withPlainServer(limits) { _, port, _ in try await run("client.py", ["bounds"], port: port) }
    }

    @Test("answers each violation of RFC 9113 as it says, and each hostile head of HTTP/1.1 with a refusal")
    func violations() async throws {
        let folder = try ThrowAwayDirectory()
        defer { folder.remove() }
        var heads: [String] = []
        for request in requestCorpus {
            guard let fields = HTTP2HeadTests.translated(request) else { continue }
            if case .accepted = request.outcome, !HTTP2HeadTests.isOfVersion1(fields) { continue }
            let pairs = fields.map { "[\"\(Self.hex($0.name))\",\"\(Self.hex($0.value))\"]" }
            heads.append("[\"\(heads.count)\",[\(pairs.joined(separator: ","))]]")
        }
        #expect(heads.count > 150)
        let path = folder.path + "/heads.json"
        let text = Array("[\(heads.joined(separator: ",\n"))]".utf8)
        let descriptor = open(path, O_WRONLY | O_CREAT, 0o600)
        _ = text.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
        try await withPlainServer { _, port, _ in try await run("violations.py", [path], port: port) }
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    @Test("ends floods while they are small")
    func floods() async throws {
        let metrics = Metrics()
        try await withPlainServer(metrics: metrics) { _, port, seen in
            try await run("floods.py", port: port)
            #expect(await eventually { seen.begun.value == seen.cancelled.value })
            let counted = String(decoding: metrics.render(), as: UTF8.self)
                .firstMatch(of: #/\nhttp_floods_total ([0-9]+)/#).flatMap { Int($0.output.1) }
            #expect(counted.map { $0 >= 11 } == true)
        }
    }

    private static let hasNghttp = access("/usr/bin/nghttp", X_OK) == 0 && access("/usr/bin/h2load", X_OK) == 0

    @Test("serves nghttp and h2load", .enabled(if: hasNghttp, "nghttp2-client is not installed"))
    func nghttp() async throws {
        try await withPlainServer { _, port, _ in
            let one = try await TestProcess.run("nghttp", ["-nv", "http://127.0.0.1:\(port)/hello"])
            #expect(one.status == 0 && one.output.contains(":status: 200"), "\(one.output)")
            let many = try await TestProcess.run(
                "h2load", ["-n", "3000", "-c", "4", "-m", "50", "http://127.0.0.1:\(port)/hello"])
            #expect(many.output.contains("3000 succeeded, 0 failed"), "\(many.output)")
        }
    }

    @Test("drains under load without a failed request")
    func drain() async throws {
        try await withPlainServer { server, port, _ in
            let client = Task { try await run("client.py", ["load"], port: port) }
            #expect(await eventually { server.openConnections == 8 })
            try await Task.sleep(for: .milliseconds(500))
            #expect(await server.drain(grace: .milliseconds(300), timeout: .seconds(10)))
            try await client.value
        }
    }

    @Test("a plain connection that was not asked to take the preface refuses it as a request of HTTP/1.1")
    func notOffered() async throws {
        try await withServer({ routes in declare(&routes, Seen()) }) { _, port in
            let answer = try await blocking {
                let client = try RawConnection(port: port)
                try client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
                return try client.receiveAll()
            }
            #expect(answer.hasPrefix("HTTP/1.1 505 "))
        }
    }
}

import Glibc
import HTTP
import Loop
import TestKit
import Testing

@testable import Gateway

@Suite("When a service fails", .timeLimit(.minutes(2)))
struct UpstreamFailureTests {
    private static let routes = """
        * /asr/** asr
        * /quick/** asr timeout=300ms
        """

    private func withUpstreams(
        _ urls: [String], settings: [String: String] = [:], body: (RoutedGateway) async throws -> Void
    ) async throws {
        // Only what requests meet counts here.
        let quiet = ["ASR_URL": urls.joined(separator: ","), "UPSTREAM_CHECK_INTERVAL": "1h"]
        try await RoutedGateway.with(routes: Self.routes, settings: quiet.merging(settings) { $1 }, body: body)
    }

    private static let ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"

    @Test("and nobody listens, the client hears at once when to come back")
    func nobody() async throws {
        try await withUpstreams(["http://127.0.0.1:\(try FreePort.find())"]) { gateway in
            let began = Deadline.now
            let answer = try await gateway.request("GET", "/asr/x")
            #expect(answer.status == 503)
            #expect(answer.header("retry-after") == "1")
            #expect(answer.text.contains("\"code\":\"upstream_down\""))
            #expect(!answer.text.contains("127.0.0.1"))
            #expect(Deadline.now.duration(since: began) < .seconds(1))
        }
    }

    @Test("another address is asked: for what may be repeated, and for what never arrived")
    func anotherAddress() async throws {
        let dead = "http://127.0.0.1:\(try FreePort.find())"
        let alive = try ScriptedServer { peer in
            while true {
                try peer.head()
                try peer.send(Self.ok)
            }
        }
        defer { alive.stop() }
        try await withUpstreams([dead, "http://127.0.0.1:\(alive.port)"]) { gateway in
            for method in ["GET", "POST", "PUT", "DELETE", "POST"] {
                let answer = try await gateway.request(method, "/asr/x")
                #expect(answer.status == 200, "\(method)")
            }
        }
    }

    @Test("what may have had an effect is not repeated")
    func notRepeated() async throws {
        let asked = Locked<[String]>([])
        let breaking = try ScriptedServer { peer in
            let head = try peer.head()
            if !head.hasPrefix("GET /health") { asked.withLock { $0.append(String(head.prefix { $0 != " " })) } }
        }
        defer { breaking.stop() }
        let url = "http://127.0.0.1:\(breaking.port)"
        try await withUpstreams([url, url], settings: ["UPSTREAM_FAILURES": "100"]) { gateway in
            let answer = try await gateway.request("POST", "/asr/x")
            #expect(answer.status == 502)
            #expect(asked.withLock { $0 } == ["POST"])
            #expect(try await gateway.request("GET", "/asr/x").status == 502)
            #expect(asked.withLock { $0 } == ["POST", "GET", "GET"])
        }
    }

    @Test("in the middle of its answer, the client's connection ends before the answer does")
    func middle() async throws {
        let breaking = try ScriptedServer { peer in
            try peer.head()
            try peer.send("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly a part")
            usleep(50_000)
        }
        defer { breaking.stop() }
        let chunked = try ScriptedServer { peer in
            try peer.head()
            try peer.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n")
            usleep(50_000)
        }
        defer { chunked.stop() }
        for port in [breaking.port, chunked.port] {
            try await withUpstreams(["http://127.0.0.1:\(port)"]) { gateway in
                let request = "GET /asr/x HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ann\r\n\r\n"
                let bytes = try await TestClient.exchange(port: gateway.port, Array(request.utf8))
                let text = String(decoding: bytes, as: UTF8.self)
                #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
                #expect(text.contains("only a part") || text.contains("first"))
                #expect(!text.hasSuffix("0\r\n\r\n"))
            }
        }
    }

    @Test(
        "and says so before the body has come, the connection goes on, and clients may leave",
        .enabled(if: TestPython.path != nil, Comment(rawValue: TestPython.whyAbsent)))
    func early() async throws {
        let hasty = try ScriptedServer { peer in
            try peer.head()
            try peer.send("HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: 2\r\n\r\nno")
            peer.waitForEnd()
        }
        defer { hasty.stop() }
        let settings = ["ASR_URL": "http://127.0.0.1:\(hasty.port)", "UPSTREAM_CHECK_INTERVAL": "1h"]
        try await RoutedGateway.with(routes: "* /asr/** asr open", settings: settings) { gateway in
            let (output, _) = try await TestProcess.run(
                TestPython.path ?? "", [PythonPeer.path("early.py"), "\(gateway.port)"])
            #expect(output == "all right\n", "\(output)")
        }
    }

    @Test("to answer in time, the client hears of it in time")
    func slow() async throws {
        let slow = try ScriptedServer { peer in
            try peer.head()
            peer.waitForEnd()
        }
        defer { slow.stop() }
        try await withUpstreams(["http://127.0.0.1:\(slow.port)"]) { gateway in
            let answer = try await gateway.request("GET", "/quick/x")
            #expect(answer.status == 504)
            #expect(answer.text.contains("upstream_timeout"))
        }
    }

    @Test("to make sense, the client is not shown it")
    func nonsense() async throws {
        let answers = [
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nabc", "SSH-2.0-OpenSSH\r\n\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-length: 4\r\n\r\nabcd",
            "HTTP/1.1 200 OK\r\nx: a\nset-cookie: evil\r\n\r\n",
        ]
        for answer in answers {
            let odd = try ScriptedServer { peer in
                try peer.head()
                try peer.send(answer)
            }
            defer { odd.stop() }
            try await withUpstreams(["http://127.0.0.1:\(odd.port)"]) { gateway in
                let answer = try await gateway.request("GET", "/asr/x")
                #expect(answer.status == 502)
                #expect(answer.text.contains("upstream_failed") && !answer.text.contains("evil"))
            }
        }
    }

    @Test("several times in a row, it is left in peace and its clients are answered at once")
    func broken() async throws {
        let breaking = try ScriptedServer { try $0.head() }
        defer { breaking.stop() }
        let settings = ["UPSTREAM_FAILURES": "3", "UPSTREAM_FIRST_PAUSE": "30s"]
        try await withUpstreams(["http://127.0.0.1:\(breaking.port)"], settings: settings) { gateway in
            for _ in 0..<3 { #expect(try await gateway.request("POST", "/asr/x").status == 502) }
            let before = breaking.connections
            let answer = try await gateway.request("POST", "/asr/x")
            #expect(answer.status == 503)
            #expect(Int(answer.header("retry-after") ?? "").map { (25...30).contains($0) } == true)
            #expect(breaking.connections == before)
        }
    }

    @Test("its checks, it is left out, and used again when it passes them")
    func checks() async throws {
        let isWell = Locked(true)
        let sick = try ScriptedServer { peer in
            while true {
                let isCheck = try peer.head().hasPrefix("GET /health")
                try peer.send(
                    isCheck && !isWell.withLock { $0 } ? "HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n" : Self.ok)
            }
        }
        defer { sick.stop() }
        let settings = ["UPSTREAM_CHECK_INTERVAL": "30ms"]
        try await withUpstreams(["http://127.0.0.1:\(sick.port)"], settings: settings) { gateway in
            #expect(try await gateway.request("GET", "/asr/x").status == 200)
            isWell.withLock { $0 = false }
            try await eventually("it is left out") { try await gateway.request("GET", "/asr/x").status == 503 }
            isWell.withLock { $0 = true }
            try await eventually("it is back") { try await gateway.request("GET", "/asr/x").status == 200 }
        }
    }

    @Test("and its client leaves, the service hears of it")
    func clientLeaves() async throws {
        let hasEnded = Locked(false)
        let waiting = try ScriptedServer { peer in
            try peer.head()
            try peer.send("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nbegun")
            peer.waitForEnd()
            hasEnded.withLock { $0 = true }
        }
        defer { waiting.stop() }
        try await withUpstreams(["http://127.0.0.1:\(waiting.port)"]) { gateway in
            let socket = blockingSocket()
            var address = sockaddr_in.loopback(port: gateway.port)
            let connected = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            #expect(connected == 0)
            let request = Array("GET /asr/x HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ann\r\n\r\n".utf8)
            #expect(send(socket, request, request.count, 0) == request.count)
            var block = [UInt8](repeating: 0, count: 4096)
            #expect(recv(socket, &block, block.count, 0) > 0)
            #expect(!hasEnded.withLock { $0 })
            close(socket)
            let isTold = await eventually { hasEnded.withLock { $0 } }
            #expect(isTold)
        }
    }
}

@Suite("What the gateway limits", .timeLimit(.minutes(2)))
struct RouteLimitTests {
    @Test("how often: by user, with the fields that say so")
    func rate() async throws {
        try await withService {
            $0.on(.get, "/asr/x") { _ in .text("ok") }
        } body: { url in
            try await RoutedGateway.with(
                routes: "GET /asr/** asr rate=3/h", settings: ["ASR_URL": url]
            ) { gateway in
                for left in [2, 1, 0] {
                    let answer = try await gateway.request("GET", "/asr/x")
                    #expect(answer.status == 200)
                    #expect(answer.header("ratelimit-policy") == "\"user\";q=3;w=3600")
                    #expect(answer.header("ratelimit")?.hasPrefix("\"user\";r=\(left);t=") == true)
                }
                let answer = try await gateway.request("GET", "/asr/x")
                #expect(answer.status == 429)
                #expect(Int(answer.header("retry-after") ?? "").map { (1...1200).contains($0) } == true)
                #expect(answer.header("ratelimit")?.hasPrefix("\"user\";r=0;t=") == true)
                let other = try await gateway.request("GET", "/asr/x", headers: ["authorization": "Bearer bob"])
                #expect(other.status == 200)
            }
        }
    }

    @Test("how many at a time, and a place is free again when its answer has ended")
    func concurrency() async throws {
        let mayAnswer = Locked(false)
        try await withService { routes in
            routes.on(.get, "/asr/x") { _ in
                while !mayAnswer.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(2)) }
                return .text("ok")
            }
        } body: { url in
            try await RoutedGateway.with(
                routes: "GET /asr/** asr concurrency=2", settings: ["ASR_URL": url]
            ) { gateway in
                async let first = gateway.request("GET", "/asr/x")
                async let second = gateway.request("GET", "/asr/x")
                try await eventually("both are under way") {
                    gateway.routing.upstreams[0].summary()[0].underWay == 2
                }
                let third = try await gateway.request("GET", "/asr/x")
                #expect(third.status == 503 && third.text.contains("too_many_at_once"))
                mayAnswer.withLock { $0 = true }
                let statuses = try await [first.status, second.status]
                #expect(statuses == [200, 200])
                #expect(try await gateway.request("GET", "/asr/x").status == 200)
                #expect(gateway.routing.upstreams[0].summary()[0].underWay == 0)
            }
        }
    }

    @Test("which pages of other origins may call it")
    func cors() async throws {
        try await withService {
            $0.on(.get, "/asr/x") { _ in .text("ok") }
        } body: { url in
            let settings = ["ASR_URL": url, "CORS_ORIGINS": "https://viewer.example"]
            try await RoutedGateway.with(routes: "* /asr/** asr", settings: settings) { gateway in
                let page: Headers = ["authorization": "Bearer ann", "origin": "https://viewer.example"]
                for path in ["/asr/x", "/nothing"] {
                    let answer = try await gateway.request("GET", path, headers: page)
                    #expect(answer.header("access-control-allow-origin") == "https://viewer.example")
                    #expect(answer.header("access-control-allow-credentials") == "true")
                    #expect(answer.header("vary") == "origin")
                }
                let other = try await gateway.request("GET", "/asr/x", headers: ["origin": "https://evil.example"])
                #expect(other.header("access-control-allow-origin") == nil)
                let preflight = try await gateway.request(
                    "OPTIONS", "/asr/x",
                    headers: [
                        "origin": "https://viewer.example", "access-control-request-method": "PUT",
                        "access-control-request-headers": "authorization",
                    ])
                #expect(preflight.status == 204)
                #expect(preflight.header("access-control-allow-methods")?.contains("PUT") == true)
                #expect(preflight.header("access-control-allow-headers") == "authorization")
                #expect(preflight.header("access-control-allow-origin") == "https://viewer.example")
            }
        }
    }

    @Test("Where a line names its methods, pages of other origins are told these")
    func preflightOfNamedMethods() async throws {
        let settings = ["CORS_ORIGINS": "https://viewer.example"]
        try await RoutedGateway.with(routes: "POST /process asr", settings: settings) { gateway in
            func preflight(_ origin: String) -> Headers {
                [
                    "origin": origin, "access-control-request-method": "POST",
                    "access-control-request-headers": "authorization, content-type",
                ]
            }
            let answer = try await gateway.request(
                "OPTIONS", "/process", headers: preflight("https://viewer.example"))
            #expect(answer.status == 204)
            #expect(answer.header("access-control-allow-origin") == "https://viewer.example")
            #expect(answer.header("access-control-allow-methods") == answer.header("allow"))
            #expect(answer.header("access-control-allow-methods")?.contains("POST") == true)
            #expect(answer.header("access-control-allow-methods")?.contains("PUT") == false)
            #expect(answer.header("access-control-allow-headers") == "authorization, content-type")
            #expect(answer.header("access-control-max-age") != nil)
            let other = try await gateway.request("OPTIONS", "/process", headers: preflight("https://evil.example"))
            #expect(other.header("access-control-allow-methods") == nil)
            #expect(other.header("access-control-allow-origin") == nil)
            let plain = try await gateway.request("OPTIONS", "/process", headers: ["origin": "https://viewer.example"])
            #expect(plain.status == 204 && plain.header("access-control-allow-methods") == nil)
            let unknown = try await gateway.request(
                "OPTIONS", "/nothing", headers: preflight("https://viewer.example"))
            #expect(unknown.status == 404 && unknown.header("access-control-allow-methods") == nil)
        }
    }
}

import Glibc
import Loop
import TestKit
import Testing

@testable import HTTP

/// No way into private networks for a URL that came from outside.
struct OutgoingGuardTests {
    private static let open = OutgoingSettings(
        rules: OutgoingRules(reach: .guarded(AddressGuard()), allowsPlainHTTP: true, ports: nil))

    @Test(
        "However this machine is spelled, a guarded request does not reach it",
        arguments: [
            "127.0.0.1", "127.0.0.2", "localhost", "LOCALHOST", "localhost.", "sub.localhost", "0x7f.1", "0x7f000001",
            "0X7F.0.0.1", "017700000001", "0177.0.0.01", "2130706433", "127.1", "127.0.1", "0", "0.0.0.0", "[::1]",
            "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]",
            "[2002:7f00:1::]", "%31%32%37.0.0.1", "127%2E0.0.1", "１２７.0.0.1", "127。0。0。1", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
        ])
    func spellings(host: String) async throws {
        let server = try ScriptedServer { peer in
            try peer.head()
            try peer.send("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        }
        defer { server.stop() }
        let error = await fetchFailure(OutgoingRequest(.get, server.url(host: host)), Self.open)
        switch error {
        // A spelling that the resolver does not know leads nowhere, which is as good.
        case .refusedDestination, .couldNotResolve: break
        default: Issue.record("\(host): \(String(describing: error))")
        }
        #expect(server.connections == 0)
    }

    @Test(
        "Addresses inside of networks are refused before anything is sent there",
        arguments: ["10.0.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "[fd00::1]", "[fe80::1]", "224.0.0.1"])
    func inside(host: String) async {
        let error = await fetchFailure(OutgoingRequest(.get, "http://\(host)/"), Self.open)
        #expect(isSame(error, .refusedDestination("'\(host)' has no public address")), "\(String(describing: error))")
    }

    @Test("A redirect is judged like the first URL", arguments: ["127.0.0.2", "[::1]", "0x7f.2", "10.0.0.1"])
    func redirect(host: String) async throws {
        let secret = try ScriptedServer { peer in
            try peer.head()
            try peer.send("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nsecret")
        }
        defer { secret.stop() }
        let server = try ScriptedServer { peer in
            try peer.head()
            let location = "http://\(host):\(secret.port)/"
            try peer.send("HTTP/1.1 302 Found\r\nlocation: \(location)\r\ncontent-length: 0\r\n\r\n")
        }
        defer { server.stop() }
        var settings = Self.open
        settings.rules.reach = .guarded(AddressGuard(allowing: ["127.0.0.1"].compactMap(IPNetwork.init)))
        var request = OutgoingRequest(.get, server.url())
        request.maximumRedirects = 3
        let error = await fetchFailure(request, settings)
        #expect(isRefusedDestination(error), "\(String(describing: error))")
        #expect(server.connections == 1)
        #expect(secret.connections == 0)
    }

    @Test("Of a name's addresses only those are used that the guard permits")
    func someAddresses() async throws {
        let server = try ScriptedServer { peer in
            try peer.head()
            try peer.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        }
        defer { server.stop() }
        var settings = Self.open
        settings.rules.reach = .guarded(AddressGuard(allowing: ["127.0.0.1"].compactMap(IPNetwork.init)))
        let answer = try await fetch(OutgoingRequest(.get, server.url(host: "localhost")), settings)
        #expect(answer.body == Array("ok".utf8))
    }

    private static let keepsConnections: ScriptedServer.Script = { peer in
        while true {
            try peer.head()
            try peer.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        }
    }

    @Test("A connection that another client has opened without a guard does not serve a guarded one")
    func otherClient() async throws {
        let server = try ScriptedServer(Self.keepsConnections)
        defer { server.stop() }
        let url = server.url()
        try await onLoop {
            let trusted = OutgoingClient(settings: OutgoingSettings(rules: .trusted))
            for _ in 0..<2 { _ = try await trusted.send(OutgoingRequest(.get, url)) }
            let guarded = OutgoingClient(settings: Self.open)
            let error = await failure { _ = try await guarded.send(OutgoingRequest(.get, url)) }
            #expect(isRefusedDestination(error), "\(String(describing: error))")
        }
        #expect(server.connections == 1)
    }

    @Test("Even among connections that are kept together, the guard judges the one that is about to be used")
    func keptConnection() async throws {
        let heads = Notes<String>()
        let server = try ScriptedServer { peer in
            while true {
                heads.add(try peer.head())
                try peer.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
            }
        }
        defer { server.stop() }
        let text = server.url()
        try await onLoop {
            let loop = try #require(EventLoop.current)
            let part = CurlLoop(loop: loop, limits: OutgoingLimits())
            let url = try OutgoingURL(text, .trusted)
            func send(_ settings: OutgoingSettings) async throws -> Status {
                let transfer = try CurlTransfer(
                    OutgoingRequest(.get, text), to: url, part: part, settings: settings, total: .distantFuture)
                let (status, _) = try await transfer.run()
                while try await transfer.next() != nil {}
                return status
            }
            for rules in [OutgoingRules.trusted, .loopback] {
                let status = try await send(OutgoingSettings(rules: rules))
                #expect(status == .ok)
            }
            let error = await failure { _ = try await send(Self.open) }
            #expect(isRefusedDestination(error), "\(String(describing: error))")
            part.shutDown()
        }
        #expect(server.connections == 1)
        #expect(heads.all.count == 2)
    }

    @Test("A proxy is used when it is named, and gets the URL")
    func proxy() async throws {
        let heads = Notes<String>()
        let server = try ScriptedServer { peer in
            heads.add(try peer.head())
            try peer.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        }
        defer { server.stop() }
        var settings = OutgoingSettings(rules: .trusted)
        settings.rules.reach = .anywhere(proxy: "http://127.0.0.1:\(server.port)")
        let answer = try await fetch(OutgoingRequest(.get, "http://name.test/path"), settings)
        #expect(answer.body == Array("ok".utf8))
        let head = try #require(heads.all.first)
        #expect(head.hasPrefix("GET http://name.test/path HTTP/1.1\r\n"))
    }

    @Test("A proxy of the environment is not used, neither with a guard nor without")
    func environment() async {
        // In a process of its own: the environment belongs to all tests.
        await #expect(processExitsWith: .success) {
            let server = try ScriptedServer(OutgoingGuardTests.keepsConnections)
            for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
                setenv(name, "http://127.0.0.1:1", 1)
            }
            for rules in [OutgoingRules.trusted, .loopback] {
                let answer = try await fetch(OutgoingRequest(.get, server.url()), OutgoingSettings(rules: rules))
                guard answer.body == Array("ok".utf8) else { exit(1) }
            }
        }
    }
}

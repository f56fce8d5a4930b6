import Loop
import Telemetry
import TestKit
import Testing

@testable import HTTP

@Suite struct HTTPClientTests {
    static let ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"

    /// A server that answers every request on a connection with the same bytes.
    static func always(_ answer: String) -> ScriptedServer.Script {
        { peer in
            while true {
                try peer.head()
                try peer.send(answer)
            }
        }
    }

    @Test("A connection serves request after request")
    func keepAlive() async throws {
        let server = try ScriptedServer(Self.always(Self.ok))
        defer { server.stop() }
        let text = try await onLoop {
            let client = HTTPClient()
            var text = ""
            for _ in 0..<20 {
                let answer = try await client.send(ClientRequest(.get, .local(server), "/a?b=c"))
                #expect(answer.status == .ok)
                text += String(decoding: try await answer.body.collect(upTo: 10), as: UTF8.self)
            }
            return text
        }
        #expect(text == String(repeating: "ok", count: 20))
        #expect(server.connections == 1)
    }

    @Test("The request on the wire has the caller's fields and the client's framing")
    func wire() async throws {
        let heads = Notes<String>()
        let server = try ScriptedServer { peer in
            heads.add(try peer.head())
            #expect(try peer.read(3) == Array("abc".utf8))
            try peer.send(Self.ok)
            heads.add(try peer.head())
            try peer.send(Self.ok)
        }
        defer { server.stop() }
        try await onLoop {
            let client = HTTPClient()
            let origin = Origin.local(server)
            let headers: Headers = [
                "X-One": "1", "Content-Length": "99", "Transfer-Encoding": "chunked", "Connection": "close",
                "X-Bad": "a\r\nInjected: yes",
            ]
            let request = ClientRequest(.post, origin, "/p?q=%20", headers: headers, body: .text("abc"))
            _ = try await client.send(request)
            _ = try await client.send(ClientRequest(.get, origin, "/", headers: ["Host": "example.org"]))
        }
        #expect(
            heads.all == [
                "POST /p?q=%20 HTTP/1.1\r\nX-One: 1\r\nX-Bad: a  Injected: yes\r\nhost: 127.0.0.1:\(server.port)\r\n"
                    + "content-length: 3\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: example.org\r\n\r\n",
            ])
    }

    static let bodies: [(String, String, Bool)] = [
        ("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello", "hello", true),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nt: u\r\n\r\n",
            "hello", true
        ),
        ("HTTP/1.1 200 OK\r\n\r\nhello", "hello", false),
        ("HTTP/1.1 204 No Content\r\n\r\n", "", true),
        ("HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n", "", true),
        ("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", "", true),
        ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n" + Self.ok, "ok", true),
        ("HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok", "ok", false),
        ("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok", "ok", false),
    ]

    @Test("A body ends where its framing says, also when every byte comes alone", arguments: bodies, [false, true])
    func framing(_ body: (bytes: String, text: String, isKept: Bool), singly: Bool) async throws {
        let server = try ScriptedServer { peer in
            try peer.head()
            if singly { for byte in body.bytes.utf8 { try peer.send([byte]) } } else { try peer.send(body.bytes) }
            if body.isKept { peer.waitForEnd() }
        }
        defer { server.stop() }
        try await onLoop {
            let client = HTTPClient()
            let answer = try await client.send(ClientRequest(.get, .local(server), "/"))
            let bytes = try await answer.body.collect(upTo: 100)
            #expect(String(decoding: bytes, as: UTF8.self) == body.text)
            #expect(client.connectionCount(to: .local(server)).idle == (body.isKept ? 1 : 0))
        }
    }

    @Test("The answer to HEAD declares a length and has no body")
    func head() async throws {
        let server = try ScriptedServer(Self.always("HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n"))
        defer { server.stop() }
        try await onLoop {
            let client = HTTPClient()
            for _ in 0..<3 {
                let answer = try await client.send(ClientRequest(.head, .local(server), "/"))
                #expect(answer.headers["content-length"] == "500")
                #expect(try await answer.body.collect(upTo: 0) == [])
            }
        }
        #expect(server.connections == 1)
    }

    @Test("A name is resolved, and its addresses are tried in turn")
    func names() async throws {
        let server = try ScriptedServer(Self.always(Self.ok))
        defer { server.stop() }
        try await onLoop {
            let client = HTTPClient()
            let origin = Origin(host: "localhost", port: server.port)
            for _ in 0..<2 {
                let answer = try await client.send(ClientRequest(.get, origin, "/"))
                #expect(answer.status == .ok)
            }
        }
    }

    @Test("A name that does not exist is told as such")
    func unknownName() async throws {
        try await onLoop {
            let client = HTTPClient(timeouts: ClientTimeouts(connect: .seconds(3)))
            let origin = Origin(host: "no such name.invalid", port: 1)
            let error = await failure { _ = try await client.send(ClientRequest(.get, origin, "/")) }
            #expect(
                isSame(error, .couldNotResolve(host: "no such name.invalid")) || isSame(error, .timedOut(.connecting)))
        }
    }

    @Test(
        "A target that would be another request on the wire is not sent", arguments: ["", "a", "/a b", "/a\r\nb", "/#"])
    func targets(_ target: String) async throws {
        try await onLoop {
            let error = await failure {
                _ = try await HTTPClient().send(ClientRequest(.get, Origin(host: "127.0.0.1", port: 1), target))
            }
            guard case .invalidRequest = error else { return #expect(Bool(false), "\(target)") }
        }
    }

    @Test("A slow reader slows the peer, and then gets every byte")
    func backPressure() async throws {
        let whole = patternedBytes(32 << 20)
        let taken = Notes<Int>()
        let server = try ScriptedServer { peer in
            try peer.head()
            try peer.send("HTTP/1.1 200 OK\r\ncontent-length: \(whole.count)\r\n\r\n")
            let count = peer.sendUntilStuck(whole)
            taken.add(count)
            try peer.send(Array(whole[count...]))
            peer.waitForEnd()
        }
        defer { server.stop() }
        try await onLoop {
            let answer = try await HTTPClient().send(ClientRequest(.get, .local(server), "/"))
            #expect(await eventually { !taken.all.isEmpty })
            #expect(taken.all[0] < whole.count)
            #expect(answer.body.declaredLength == whole.count)
            var offset = 0
            for try await block in answer.body {
                #expect(isEqual(block, whole[offset..<offset + block.count]))
                offset += block.count
            }
            #expect(offset == whole.count)
        }
    }

    @Test("A slow writer is waited for, piece by piece")
    func slowWriter() async throws {
        let server = try ScriptedServer { peer in
            try peer.head()
            try peer.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
            for _ in 0..<20 { try peer.send("1\r\nx\r\n") }
            try peer.send("0\r\n\r\n")
            peer.waitForEnd()
        }
        defer { server.stop() }
        try await onLoop {
            let answer = try await HTTPClient().send(ClientRequest(.get, .local(server), "/"))
            var count = 0
            for try await block in answer.body { count += block.count }
            #expect(count == 20)
        }
    }

    @Test("A body larger than wanted is refused, and its connection closed", arguments: [true, false])
    func tooLarge(declared: Bool) async throws {
        let hasEnded = Flag()
        let server = try ScriptedServer { peer in
            try peer.head()
            let framing = declared ? "content-length: 100000" : "transfer-encoding: chunked"
            try peer.send("HTTP/1.1 200 OK\r\n\(framing)\r\n\r\n")
            if !declared { try peer.send("64\r\n" + String(repeating: "x", count: 100) + "\r\n") }
            peer.waitForEnd()
            hasEnded.raise()
        }
        defer { server.stop() }
        try await onLoop {
            let answer = try await HTTPClient().send(ClientRequest(.get, .local(server), "/"))
            let error = await failure { _ = try await answer.body.collect(upTo: 50) }
            #expect(isSame(error, .bodyTooLarge(limit: 50)))
        }
        #expect(await eventually { hasEnded.isRaised })
    }

    @Test("Our own server and client understand each other, streaming both ways")
    func ownServer() async throws {
        var routes = Routes(metrics: .init())
        routes.on(.post, "/echo") { request in .stream(request.body, contentType: .bytes) }
        let server = Server(group: TestService.loops, router: routes.build(logger: .silent))
        let port = try await server.start(port: 0)
        try await onLoop {
            let client = HTTPClient()
            let origin = Origin(host: "127.0.0.1", port: port)
            for round in 0..<5 {
                let blocks = Blocks(block: [UInt8](repeating: UInt8(round), count: 30_000), count: 40)
                let request = ClientRequest(.post, origin, "/echo", body: .stream(blocks))
                let bytes = try await client.send(request).body.collect(upTo: 2_000_000)
                #expect(bytes.count == 1_200_000)
                #expect(isEqual(bytes, [UInt8](repeating: UInt8(round), count: 1_200_000)[...]))
            }
            #expect(client.connectionCount(to: origin).open == 1)
        }
        await server.stop()
    }
}

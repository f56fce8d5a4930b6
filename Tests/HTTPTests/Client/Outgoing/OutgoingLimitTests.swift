import Loop
import TestKit
import Testing

@testable import HTTP

/// Heads and bodies that are larger than they may be.
struct OutgoingLimitTests {
    private static let fullFields = String(repeating: "x-a: \(String(repeating: "a", count: 1000))\r\n", count: 70)

    @Test(
        "A head beyond the limit is refused: many fields, one long field, many interim answers, trailers",
        arguments: [
            "HTTP/1.1 200 OK\r\n" + fullFields + "\r\n",
            "HTTP/1.1 200 OK\r\nx-a: " + String(repeating: "a", count: 70_000) + "\r\n\r\n",
            String(repeating: "HTTP/1.1 103 Early Hints\r\nx-a: b\r\n\r\n", count: 3000),
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n" + fullFields + "\r\n",
        ])
    func head(sends: String) async throws {
        let server = try ScriptedServer { peer in
            try peer.head()
            try peer.send(sends)
            peer.waitForEnd()
        }
        defer { server.stop() }
        let error = await fetchFailure(OutgoingRequest(.get, server.url()))
        #expect(
            isSame(error, .malformedResponse("the head has more than 65536 bytes")), "\(String(describing: error))")
    }

    @Test(
        "A body beyond the limit is refused: by what it declares, or once it has come",
        arguments: [
            "content-length: 1001\r\n\r\n" + String(repeating: "a", count: 1001),
            "content-length: 99999999999\r\n\r\n",
            "transfer-encoding: chunked\r\n\r\n" + String(repeating: "1\r\na\r\n", count: 1001) + "0\r\n\r\n",
            "connection: close\r\n\r\n" + String(repeating: "a", count: 1001),
        ])
    func body(sends: String) async throws {
        let server = try ScriptedServer { peer in
            try peer.head()
            try peer.send("HTTP/1.1 200 OK\r\n" + sends)
        }
        defer { server.stop() }
        var request = OutgoingRequest(.get, server.url())
        request.maximumBodyBytes = 1000
        let error = await fetchFailure(request)
        #expect(isSame(error, .bodyTooLarge(limit: 1000)), "\(String(describing: error))")
    }

    @Test(
        "A body at the limit is no larger than it may be, and the answer to HEAD has none",
        arguments: [Method.get, .head])
    func bodyAtLimit(method: HTTP.Method) async throws {
        let length = method == .head ? 5000 : 1000
        let server = try ScriptedServer { peer in
            try peer.head()
            try peer.send("HTTP/1.1 200 OK\r\ncontent-length: \(length)\r\n\r\n")
            if method == .get { try peer.send([UInt8](repeating: 1, count: length)) }
            peer.waitForEnd()
        }
        defer { server.stop() }
        var request = OutgoingRequest(method, server.url())
        request.maximumBodyBytes = 1000
        let answer = try await fetch(request)
        #expect(answer.response.headers["content-length"] == "\(length)")
        #expect(answer.body.count == (method == .head ? 0 : 1000))
    }

    @Test("A limit that is exceeded while the consumer is behind ends the transfer, too")
    func bodyWhilePaused() async throws {
        let server = try ScriptedServer { peer in
            try peer.head()
            try peer.send("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")
            try peer.send([UInt8](repeating: 1, count: 4 << 20))
        }
        defer { server.stop() }
        let url = server.url()
        try await onLoop {
            var request = OutgoingRequest(.get, url)
            request.maximumBodyBytes = 1 << 20
            let answer = try await OutgoingClient(settings: .loopback()).send(request)
            try await EventLoop.current?.sleep(for: .milliseconds(100))
            var count = 0
            let error = await failure { for try await block in answer.body { count += block.count } }
            #expect(isSame(error, .bodyTooLarge(limit: 1 << 20)), "\(String(describing: error))")
            #expect(count <= 1 << 20)
        }
    }
}

import Glibc
import HTTP
import Loop
import TestKit
import Testing

@testable import Gateway

/// Requests that proxies in wide use let through, each at least one of them: refused here, and what is passed on holds
/// nothing that a service could take for something else.
@Suite("Hostile requests", .timeLimit(.minutes(3)))
struct HostileRequestTests {
    private func withRecorder(_ body: (RoutedGateway, Locked<[String]>) async throws -> Void) async throws {
        let heads = Locked<[String]>([])
        let recorder = try ScriptedServer { peer in
            while true {
                let head = try peer.head()
                heads.withLock { $0.append(head) }
                try peer.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
            }
        }
        defer { recorder.stop() }
        let settings = ["ASR_URL": "http://127.0.0.1:\(recorder.port)", "UPSTREAM_CHECK_INTERVAL": "1h"]
        try await RoutedGateway.with(routes: "* /asr/** asr", settings: settings) { gateway in
            try await eventually("the address was checked once") { !heads.withLock { $0 }.isEmpty }
            heads.withLock { $0 = [] }
            try await body(gateway, heads)
        }
    }

    @Test("are refused, and nothing of them reaches the service as a request")
    func refusal() async throws {
        try await withRecorder { gateway, heads in
            for (index, hostile) in HostileRequests.refused.enumerated() {
                // Told apart by its path: what is left of one may reach the service while the next one is sent.
                let request = hostile.request.replacing("/asr/x", with: "/asr/x\(index)")
                let bytes = try await TestClient.exchange(port: gateway.port, Array(request.utf8), timeout: 5)
                let answer = try TestClient.parse(bytes)
                #expect(hostile.statuses.contains(answer.status), "\(hostile.name): \(answer.status)")
                // A body that is found broken has a head that was right.
                let all = heads.withLock { $0 }
                #expect(!all.contains { $0.contains("smuggled") || $0.contains("evil") }, "\(hostile.name): \(all)")
                let seen = all.filter { $0.contains("/asr/x\(index) ") }
                #expect(seen.count <= (hostile.name.hasPrefix("a chunk") ? 1 : 0), "\(hostile.name): \(seen)")
            }
        }
    }

    @Test("that are answered are one request for the service, with nothing in it that is not its own")
    func sanitised() async throws {
        let twins = [
            "X-User-Id", "x_user_id", "X-USER-ID", "x-user_id", "X_Internal-Token", "X_Forwarded_For", "Forwarded",
        ]
        let cases =
            twins.map { ("\($0)", HostileRequests.get("\($0): evil\r\n")) } + [
                ("named in Connection", HostileRequests.get("Connection: X-User-Id\r\n")),
                ("Connection: close, evil", HostileRequests.get("Connection: close, X-Evil\r\nX-Evil: evil\r\n")),
                ("TE", HostileRequests.get("TE: trailers, evil\r\n")),
                ("Upgrade: websocket", HostileRequests.get("Connection: Upgrade\r\nUpgrade: evil\r\n")),
                ("Proxy-Connection", HostileRequests.get("Proxy-Connection: evil\r\n")),
                (
                    "a trailer",
                    HostileRequests.post(
                        "Transfer-Encoding: chunked\r\nTrailer: X-User-Id\r\n",
                        "2\r\nhi\r\n0\r\nX-User-Id: evil\r\n\r\n")
                ),
                (
                    "a chunk's extension",
                    HostileRequests.post("Transfer-Encoding: chunked\r\n", "2;evil=1\r\nhi\r\n0\r\n\r\n")
                ),
                ("Expect", HostileRequests.post("Content-Length: 2\r\nExpect: 100-continue\r\n", "hi")),
            ]
        try await withRecorder { gateway, heads in
            for (index, (name, request)) in cases.enumerated() {
                let closing = request.replacing("\r\nHost: gw\r\n", with: "\r\nHost: gw\r\nX-Own: own\r\n")
                    .replacing("/asr/x", with: "/asr/x\(index)")
                let bytes = try await TestClient.exchange(
                    port: gateway.port,
                    Array(closing.utf8) + Array("GET /nothing HTTP/1.1\r\nHost: gw\r\nConnection: close\r\n\r\n".utf8),
                    timeout: 5)
                let text = String(decoding: bytes, as: UTF8.self)
                #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n") || text.hasPrefix("HTTP/1.1 100 "), "\(name): \(text)")
                let seen = heads.withLock { $0.filter { $0.contains("/asr/x\(index) ") } }
                #expect(seen.count == 1, "\(name): \(seen)")
                #expect(
                    !seen.contains { $0.lowercased().contains("evil") || $0.lowercased().contains("x-user-id") },
                    "\(name): \(seen)")
                #expect(seen.first?.contains("X-Own: own\r\n") == true, "\(name)")
            }
        }
    }
}

import HTTP
import Loop
import TestKit
import Testing

@testable import Gateway

/// HAProxy, nginx and Envoy are asked what we are asked, in the same run. Whatever one of them refuses we refuse; what
/// we refuse and one of them lets pass breaks the rule of its group.
@Suite("Beside HAProxy, nginx and Envoy", .timeLimit(.minutes(3)))
struct RequestOracleTests {
    /// Requests that are in order, though seldom seen.
    private static let harmless: [(name: String, request: String)] = [
        ("a plain one", HostileRequests.get("")),
        ("a query", HostileRequests.get("", target: "/asr/x?a=1&b=%20&c=/../")),
        ("an escaped blank", HostileRequests.get("", target: "/asr/a%20b")),
        ("letters beyond ASCII, escaped", HostileRequests.get("", target: "/asr/%EA%B0%80")),
        ("a body", HostileRequests.post("Content-Length: 5\r\n", "hello")),
        ("a body of length 0", HostileRequests.post("Content-Length: 0\r\n", "")),
        ("chunks", HostileRequests.post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n")),
        ("Chunked", HostileRequests.post("Transfer-Encoding: Chunked\r\n", "5\r\nhello\r\n0\r\n\r\n")),
        ("a chunk's extension", HostileRequests.post("Transfer-Encoding: chunked\r\n", "5;a=b\r\nhello\r\n0\r\n\r\n")),
        (
            "a trailer",
            HostileRequests.post("Transfer-Encoding: chunked\r\nTrailer: X-A\r\n", "0\r\nX-A: 1\r\n\r\n")
        ),
        ("an empty value", HostileRequests.get("X-A: \r\n")),
        ("no space behind the colon", HostileRequests.get("X-A:b\r\n")),
        ("blanks around a value", HostileRequests.get("X-A: \t b \t \r\n")),
        ("a value in UTF-8", HostileRequests.get("X-A: \u{ac00}\r\n")),
        ("a field twice", HostileRequests.get("X-A: b\r\nX-A: c\r\n")),
        ("an absolute target of the same host", HostileRequests.get("", target: "http://gw/asr/x")),
        ("HTTP/1.0", HostileRequests.get("", version: "1.0")),
        ("an empty line before it", "\r\n" + HostileRequests.get("")),
        ("Connection: close", HostileRequests.get("Connection: close\r\n")),
        ("HEAD", "HEAD /asr/x HTTP/1.1\r\nHost: gw\r\nAuthorization: Bearer ann\r\n\r\n"),
        ("60 fields", HostileRequests.get((0..<60).map { "X-\($0): a\r\n" }.joined())),
        ("a field of 8 KiB", HostileRequests.get("X-A: \(String(repeating: "a", count: 8192))\r\n")),
    ]

    /// Where another refuses what we let pass, and why that is right here.
    private static let explained: [String: String] = [
        "Envoy: HTTP/1.0": "Envoy serves no HTTP/1.0 unless it is told to (426); old clients of the seeds speak it",
        "nginx: a field of 8 KiB": "nginx takes lines of 8 KiB with their name; our heads may have 16 KiB",
    ]

    private func judge(_ status: Int?) -> Bool { status.map { $0 < 400 } ?? false }

    @Test("Nothing passes here that another refuses, and each of them lets pass what we refuse")
    func differences() async throws {
        let upstream = try ScriptedServer { peer in
            while true {
                _ = try peer.head()
                try peer.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
            }
        }
        defer { upstream.stop() }
        let settings = ["ASR_URL": "http://127.0.0.1:\(upstream.port)", "UPSTREAM_CHECK_INTERVAL": "1h"]
        try await Oracle.withProxies(before: upstream.port) { oracles in
            try await RoutedGateway.with(routes: "* /asr/** asr", settings: settings) { gateway in
                let ours = Oracle(name: "Pentad", port: gateway.port)
                var passed: [String: Int] = [:]
                for hostile in HostileRequests.refused {
                    let passesHere = judge(try await ours.status(hostile.request))
                    #expect(!passesHere, "\(hostile.name)")
                    for oracle in oracles where judge(try await oracle.status(hostile.request)) {
                        passed[oracle.name, default: 0] += 1
                    }
                }
                for (name, request) in Self.harmless {
                    let passesHere = judge(try await ours.status(request))
                    #expect(passesHere, "\(name) is refused here")
                    for oracle in oracles {
                        let passes = judge(try await oracle.status(request))
                        let difference = "\(oracle.name): \(name)"
                        #expect(passes || Self.explained[difference] != nil, "only \(oracle.name) refuses \(name)")
                    }
                }
                // Each of them is lenient somewhere, or it was not asked what we think.
                for oracle in oracles { #expect(passed[oracle.name, default: 0] > 5, "\(oracle.name)") }
            }
        }
    }
}

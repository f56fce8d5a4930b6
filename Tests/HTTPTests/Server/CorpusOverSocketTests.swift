import HTTP
import Testing

@Suite("The corpus over a socket")
struct CorpusOverSocketTests {
    /// What the routes were asked for.
    private final class Asked: Sendable {
        let paths = Shared<[String]>([])
    }

    private func withEcho(_ body: (UInt16, Asked) async throws -> Void) async throws {
        let asked = Asked()
        try await withServer { routes in
            for method in Method.allCases {
                for pattern in ["/", "/**"] {
                    routes.on(method, pattern) { request in
                        asked.paths.update { $0.append(request.path) }
                        let content = try await request.body.collect(upTo: 1 << 20)
                        return .text("<\(request.pathAndQuery)|\(String(decoding: content, as: UTF8.self))>")
                    }
                }
            }
            routes.on(.post, "/unread") { _ in .text("<unread>") }
        } body: { _, port in
            try await body(port, asked)
        }
    }

    /// Sends all of it at once, and answers all that comes until the server closes.
    private func exchange(_ port: UInt16, _ bytes: [UInt8]) async throws -> String {
        try await blocking {
            let client = try RawConnection(port: port)
            try client.send(bytes)
            return try client.receiveAll()
        }
    }

    private func statuses(_ answer: String) -> [Substring] {
        answer.matches(of: #/HTTP/1\.1 ([0-9]{3}) /#).map(\.output.1)
    }

    @Test("a refused request gets its status, ends the connection, and nothing behind it is a request")
    func refused() async throws {
        let behind = latin1("\r\n\r\n0\r\n\r\nGET /never HTTP/1.1\r\nHost: a\r\n\r\n")
        try await withEcho { port, asked in
            for request in requestCorpus {
                guard let status = request.refusal else { continue }
                let answer = try await exchange(port, request.bytes + behind)
                #expect(statuses(answer) == ["\(status)"], "\(request.name): \(answer)")
                #expect(answer.contains("connection: close\r\n"), "\(request.name)")
            }
            #expect(asked.paths.value == [])
        }
    }

    @Test("an accepted request is answered, and the next one begins where its body ends")
    func accepted() async throws {
        try await withEcho { port, asked in
            let last = latin1("GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            for request in requestCorpus {
                guard case .accepted(let head) = request.outcome else { continue }
                asked.paths.set([])
                let answer = try await exchange(port, request.bytes + last)
                let closes = !head.isVersion11 || head.fields.contains { $0.name == "Connection" }
                let isAsterisk = head.path == "*"
                #expect(
                    statuses(answer) == (closes ? ["200"] : [isAsterisk ? "204" : "200", "200"]),
                    "\(request.name): \(answer)")
                #expect(
                    asked.paths.value == (isAsterisk ? [] : [head.path]) + (closes ? [] : ["/last"]), "\(request.name)")
                if head.method != .head, !isAsterisk, head.framing == .none {
                    #expect(answer.contains("<\(head.path)\(head.query.map { "?" + $0 } ?? "")|>"), "\(request.name)")
                }
            }
        }
    }

    @Test("a chunked body is read as it should be, or refused, and nothing behind it is a request")
    func chunked() async throws {
        let head = latin1("POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        let next = latin1("GET /next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        try await withEcho { port, asked in
            for body in chunkedCorpus {
                asked.paths.set([])
                let bytes = latin1(body.text)
                switch body.outcome {
                case .body(let text, let behind):
                    let answer = try await exchange(port, head + bytes.dropLast(behind) + next)
                    #expect(answer.contains("</x|\(text)>") && answer.contains("</next|>"), "\(body.name): \(answer)")
                case .refused:
                    let answer = try await exchange(port, head + bytes + next)
                    #expect(statuses(answer) == ["400"], "\(body.name): \(answer)")
                    #expect(asked.paths.value == ["/x"], "\(body.name)")
                case .incomplete: break
                }
            }
        }
    }

    @Test("a malformed body that no handler reads ends the connection all the same")
    func unread() async throws {
        try await withEcho { port, asked in
            let head = latin1("POST /unread HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
            let next = latin1("GET /never HTTP/1.1\r\nHost: a\r\n\r\n")
            for body in chunkedCorpus {
                guard case .refused = body.outcome else { continue }
                let answer = try await exchange(port, head + latin1(body.text) + next)
                #expect(statuses(answer) == ["200"], "\(body.name): \(answer)")
            }
            #expect(asked.paths.value == [])
        }
    }

    @Test("pipelined requests are answered in order, however they are cut")
    func pipelining() async throws {
        try await withEcho { port, asked in
            var bytes: [UInt8] = []
            for number in 0..<50 {
                let body = String(repeating: "b", count: number)
                bytes += latin1(
                    number.isMultiple(of: 2)
                        ? "GET /\(number) HTTP/1.1\r\nHost: a\r\n\r\n"
                        : "POST /\(number) HTTP/1.1\r\nHost: a\r\nContent-Length: \(number)\r\n\r\n\(body)")
            }
            bytes += latin1("GET /end HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            let expected = (0..<50).map { "/\($0)" } + ["/end"]
            for size in [bytes.count, 1, 7, 100] {
                asked.paths.set([])
                let sent = bytes
                let answer = try await blocking {
                    let client = try RawConnection(port: port)
                    for start in stride(from: 0, to: sent.count, by: size) {
                        try client.send(Array(sent[start..<min(start + size, sent.count)]))
                    }
                    return try client.receiveAll()
                }
                #expect(asked.paths.value == expected)
                let echoed = answer.matches(of: /<([^|>]*)\|/).map { String($0.output.1) }
                #expect(echoed == expected)
            }
        }
    }

    @Test("a request behind a good one is refused on its own")
    func secondRefused() async throws {
        try await withEcho { port, asked in
            let answer = try await exchange(
                port,
                latin1(
                    "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost : a\r\n\r\nGET /3 HTTP/1.1\r\nHost: a\r\n\r\n"
                ))
            #expect(statuses(answer) == ["200", "400"])
            #expect(asked.paths.value == ["/1"])
        }
    }
}

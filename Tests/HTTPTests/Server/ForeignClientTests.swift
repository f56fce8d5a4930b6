import Glibc
import HTTP
import TestKit
import Testing

/// The server against clients that others wrote.
@Suite("Foreign clients")
struct ForeignClientTests {
    static let python = TestPython.path ?? "python3"
    static let hasHTTPX = TestPython.path != nil

    private func routes(_ routes: inout Routes) {
        routes.on(.get, "/hello") { request in .text("hello \(request.query["name"] ?? "nobody")") }
        routes.on(.put, "/echo") { request in
            Response(
                contentType: .bytes,
                body: .stream(length: nil) { writer in
                    for try await block in request.body { try await writer.write(block) }
                })
        }
        routes.on(.get, "/gone") { _ in throw ServiceError(.gone, "gone", "it is no more") }
    }

    @Test("curl gets, puts with 100-continue, reuses its connection and sees errors")
    func curl() async throws {
        let folder = try ThrowAwayDirectory()
        defer { folder.remove() }
        let body = (0..<2_000_000).map { UInt8(truncatingIfNeeded: $0 &* 13) }
        let descriptor = open("\(folder.path)/body", O_WRONLY | O_CREAT, 0o600)
        _ = body.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
        try await withServer(routes) { _, port in
            let base = "http://127.0.0.1:\(port)"
            let twice = try await TestProcess.run(
                "curl", ["-sv", "\(base)/hello?name=%EA%B0%80", "\(base)/hello?name=a+b"])
            #expect(twice.status == 0)
            #expect(twice.output.contains("hello 가"))
            #expect(twice.output.contains("hello a b"))
            #expect(twice.output.contains("Re-using existing connection"))
            let put = try await TestProcess.run(
                "curl",
                [
                    "-sS", "--fail", "-H", "Expect: 100-continue", "-T", "\(folder.path)/body", "\(base)/echo", "-o",
                    "\(folder.path)/back",
                ])
            #expect(put.status == 0, "\(put.output)")
            let compared = try await TestProcess.run("cmp", ["\(folder.path)/body", "\(folder.path)/back"])
            #expect(compared.status == 0)
            let chunked = try await TestProcess.run(
                "curl",
                [
                    "-sS", "-H", "Transfer-Encoding: chunked", "-X", "PUT", "--data-binary", "@\(folder.path)/body",
                    "\(base)/echo", "-o", "\(folder.path)/again",
                ])
            #expect(chunked.status == 0, "\(chunked.output)")
            let again = try await TestProcess.run("cmp", ["\(folder.path)/body", "\(folder.path)/again"])
            #expect(again.status == 0)
            let gone = try await TestProcess.run(
                "curl", ["-s", "-o", "/dev/null", "-w", "%{http_code}", "\(base)/gone"])
            #expect(gone.output == "410")
        }
    }

    @Test("Python's http.client keeps a connection over requests of every kind")
    func httpClient() async throws {
        try await withServer(routes) { _, port in
            let result = try await TestProcess.run(
                Self.python, ["-c", Self.httpClientScript], environment: ["PORT": "\(port)"])
            #expect(result.status == 0, "\(result.output)")
            #expect(result.output.hasSuffix("all right\n"))
        }
    }

    @Test("httpx streams both ways", .enabled(if: hasHTTPX, "httpx is there under ./dev test"))
    func httpx() async throws {
        try await withServer(routes) { _, port in
            let result = try await TestProcess.run(
                Self.python, ["-c", Self.httpxScript], environment: ["PORT": "\(port)"])
            #expect(result.status == 0, "\(result.output)")
            #expect(result.output.hasSuffix("all right\n"))
        }
    }

    private static let httpClientScript = """
        import http.client, os
        c = http.client.HTTPConnection("127.0.0.1", int(os.environ["PORT"]), timeout=20)
        for i in range(20):
            c.request("GET", f"/hello?name={i}")
            r = c.getresponse()
            assert r.status == 200 and r.read() == f"hello {i}".encode(), r.status
        c.request("HEAD", "/hello")
        r = c.getresponse()
        assert r.status == 200 and r.read() == b"" and r.getheader("Content-Length") == "12"
        body = os.urandom(300000)
        c.request("PUT", "/echo", body=body)
        assert c.getresponse().read() == body
        c.request("PUT", "/echo", body=iter([b"a" * 70000, b"b", b"c" * 9]), encode_chunked=True,
                  headers={"Transfer-Encoding": "chunked"})
        assert c.getresponse().read() == b"a" * 70000 + b"b" + b"c" * 9
        c.request("GET", "/gone")
        r = c.getresponse()
        assert r.status == 410 and b'"code":"gone"' in r.read()
        c.request("OPTIONS", "/hello")
        r = c.getresponse()
        assert r.status == 204 and r.read() == b""
        c.request("GET", "/hello")
        assert c.getresponse().read() == b"hello nobody"
        print("all right")

        """

    private static let httpxScript = """
        import httpx, os
        base = "http://127.0.0.1:" + os.environ["PORT"]
        def blocks():
            for i in range(40):
                yield bytes([i]) * 65536
        with httpx.Client(base_url=base, timeout=20) as c:
            assert c.get("/hello", params={"name": "x y"}).text == "hello x y"
            with c.stream("PUT", "/echo", content=blocks()) as r:
                assert b"".join(r.iter_bytes()) == b"".join(blocks())
            assert c.get("/gone").json()["code"] == "gone"
            assert c.post("/hello").status_code == 405
        print("all right")

        """
}

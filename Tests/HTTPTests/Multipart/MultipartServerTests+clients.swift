import Glibc
import JSON
import TestKit
import Testing

/// Forms as others write them.
extension MultipartServerTests {
    @Test("curl's forms are read")
    func curl() async throws {
        let data = (0..<400_000).map { UInt8(truncatingIfNeeded: $0 &* 13) }
        try await withForms { _, port, folder in
            let source = try ThrowAwayDirectory()
            defer { source.remove() }
            let descriptor = open("\(source.path)/data", O_WRONLY | O_CREAT, 0o600)
            let written = data.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            close(descriptor)
            #expect(written == data.count)
            let answer = try await TestProcess.run(
                "curl",
                [
                    "-sS", "-F", "title=제목", "-F", "say \"hi\"=1", "-F",
                    "file=@\(source.path)/data;type=image/png;filename=이름.png", "http://127.0.0.1:\(port)/form",
                ])
            #expect(answer.status == 0, "\(answer.output)")
            let fields = try JSONReader().decode([SeenField].self, from: Array(answer.output.utf8))
            #expect(fields.count == 3)
            #expect(fields.first == SeenField(name: "title", count: 6, text: "제목"))
            // Older ones escape a quote by a backslash, newer ones by a percent sign.
            #expect(["say \"hi\"", "say %22hi%22"].contains(fields.dropFirst().first?.name))
            #expect(
                fields.last
                    == SeenField(
                        name: "file", filename: "이름.png", type: "image/png", count: data.count, mode: 0o600, links: 0))
            let echoed = try await TestProcess.run(
                "curl",
                [
                    "-sS", "-H", "Transfer-Encoding: chunked", "-F", "file=@\(source.path)/data",
                    "http://127.0.0.1:\(port)/first", "-o", "\(source.path)/back",
                ])
            #expect(echoed.status == 0, "\(echoed.output)")
            let compared = try await TestProcess.run("cmp", ["\(source.path)/data", "\(source.path)/back"])
            #expect(compared.status == 0)
            #expect(await eventually { openFiles(in: folder) == 0 })
        }
    }

    @Test("Python's mail library writes forms that are read")
    func pythonMail() async throws {
        try await withForms { _, port, _ in
            let result = try await TestProcess.run(
                ForeignClientTests.python, ["-c", Self.mailScript], environment: ["PORT": "\(port)"])
            #expect(result.status == 0, "\(result.output)")
            #expect(result.output.hasSuffix("all right\n"), "\(result.output)")
        }
    }

    @Test("httpx's forms are read", .enabled(if: ForeignClientTests.hasHTTPX, "httpx is there under ./dev test"))
    func httpx() async throws {
        try await withForms { _, port, _ in
            let result = try await TestProcess.run(
                ForeignClientTests.python, ["-c", Self.httpxScript], environment: ["PORT": "\(port)"])
            #expect(result.status == 0, "\(result.output)")
            #expect(result.output.hasSuffix("all right\n"), "\(result.output)")
        }
    }

    private static let mailScript = """
        import http.client, json, os
        from email.mime.application import MIMEApplication
        from email.mime.multipart import MIMEMultipart
        from email.mime.text import MIMEText
        from email.policy import HTTP
        form = MIMEMultipart("form-data", policy=HTTP)
        text = MIMEText("a\\nb = c", "plain", "utf-8", policy=HTTP)
        text.add_header("Content-Disposition", "form-data", name="text")
        form.attach(text)
        data = MIMEApplication(bytes(range(256)), policy=HTTP)
        data.add_header("Content-Disposition", "form-data", name="data", filename=("utf-8", "", "é.bin"))
        form.attach(data)
        head, _, body = form.as_bytes().partition(b"\\r\\n\\r\\n")
        kind = form["Content-Type"].replace("\\r\\n", "").replace("\\n", "")
        c = http.client.HTTPConnection("127.0.0.1", int(os.environ["PORT"]), timeout=20)
        c.request("POST", "/form", body=body, headers={"Content-Type": kind})
        r = c.getresponse()
        answer = r.read()
        assert r.status == 200, answer
        fields = json.loads(answer)
        assert [f["name"] for f in fields] == ["text", "data"], fields
        assert fields[0]["text"].replace("\\r\\n", "\\n") == "a\\nb = c", fields
        assert fields[1]["filename"] == "é.bin" and fields[1]["count"] == 256, fields
        print("all right")

        """

    private static let httpxScript = """
        import httpx, os
        base = "http://127.0.0.1:" + os.environ["PORT"]
        with httpx.Client(base_url=base, timeout=20) as c:
            large = os.urandom(300000)
            files = [("file", ("이름.txt", b"abc", "text/plain")), ("file", ('a "b".bin', large, None))]
            r = c.post("/form", data={"a": "1", "b": ["2", "é"]}, files=files)
            assert r.status_code == 200, r.text
            fields = r.json()
            assert [f["name"] for f in fields] == ["a", "b", "b", "file", "file"], fields
            assert [f.get("text") for f in fields[:4]] == ["1", "2", "é", "abc"], fields
            assert fields[3]["filename"] == "이름.txt" and fields[3]["type"] == "text/plain", fields
            assert fields[4]["filename"] in ('a "b".bin', "a %22b%22.bin") and fields[4]["count"] == 300000, fields
            assert c.post("/first", files={"f": large}).content == large
        print("all right")

        """
}

import Glibc
import HTTP
import JSON
import Loop
import TestKit
import Testing

/// What a handler saw of a form's field.
private struct SeenField: Codable, Equatable, Sendable {
    var name: String
    var filename: String?
    var type: String?
    var count: Int
    /// Of a field that is in memory.
    var text: String?
    /// Of a field that is in a file: who may open it, and how many names it has.
    var mode: UInt32?
    var links: Int?
}

@Suite("Forms over a socket")
struct MultipartServerTests {
    private let pool = BlockingPool(maximumThreads: 4)

    private static func limits(_ change: (inout MultipartLimits) -> Void = { _ in }) -> MultipartLimits {
        var limits = MultipartLimits()
        limits.memoryBytesPerPart = 1000
        limits.partBytes = 1 << 19
        limits.totalBytes = 4 << 20
        change(&limits)
        return limits
    }

    private func withForms(
        _ limits: MultipartLimits = limits(), _ body: (Server, UInt16, String) async throws -> Void
    ) async throws {
        let folder = try ThrowAwayDirectory()
        defer { folder.remove() }
        let pool = pool
        try await withServer({ routes in
            routes.on(.post, "/form") { request in
                let form = try await request.collectForm(
                    limits: limits, spillingTo: folder.path, blocking: pool)
                return Response(
                    contentType: .json, body: .bytes(try JSONWriter().encode(form.fields.map(SeenField.init))))
            }
            routes.on(.post, "/first") { request in
                for try await part in try request.multipart(limits: limits) {
                    return Response(body: .bytes(try await part.body.collect(upTo: limits.partBytes)))
                }
                throw ServiceError.badRequest("no part")
            }
            routes.on(.get, "/hello") { _ in .text("hello") }
        }) { server, port in
            try await body(server, port, folder.path)
        }
    }

    private func post(
        _ port: UInt16, type: String = "multipart/form-data; boundary=b", _ body: String
    ) async throws -> TestAnswer {
        try await TestClient.request(
            port: port, "POST", "/form", headers: ["content-type": type], body: Array(body.utf8))
    }

    private func seen(_ answer: TestAnswer) throws -> [SeenField] {
        try JSONReader().decode([SeenField].self, from: answer.body)
    }

    private static func field(_ name: String, _ data: String) -> String {
        "--b\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(data)\r\n"
    }

    private static func letters(_ count: Int) -> String { String(repeating: "x", count: count) }

    @Test("a browser's form is read")
    func browser() async throws {
        try await withForms { _, port, _ in
            let boundary = "----WebKitFormBoundary7MA4YWxkTrZu0gW"
            let body = """
                --\(boundary)\r
                Content-Disposition: form-data; name="title"\r
                \r
                제목 & more\r
                --\(boundary)\r
                Content-Disposition: form-data; name="file"; filename="say %22hi%22 é.png"\r
                Content-Type: image/png\r
                \r
                \u{89}PNG\r
                --\(boundary)\r
                Content-Disposition: form-data; name="nothing"; filename=""\r
                Content-Type: application/octet-stream\r
                \r
                \r
                --\(boundary)--\r

                """
            let answer = try await post(port, type: "multipart/form-data; boundary=\(boundary)", body)
            #expect(answer.status == 200, "\(answer.text)")
            let fields = try seen(answer)
            #expect(
                fields == [
                    SeenField(name: "title", count: 13, text: "제목 & more"),
                    SeenField(
                        name: "file", filename: "say %22hi%22 é.png", type: "image/png", count: 5, text: "\u{89}PNG"),
                    SeenField(name: "nothing", filename: "", type: "application/octet-stream", count: 0, text: ""),
                ])
        }
    }

    @Test(
        "what is no form is refused",
        arguments: [
            ("text/plain", 415, "unsupported_media_type"),
            ("multipart/mixed; boundary=b", 415, "unsupported_media_type"),
            ("multipart/form-data; boundary=b; boundary=c", 415, "unsupported_media_type"),
            ("multipart/form-data", 400, "malformed_multipart"),
            ("multipart/form-data; boundary=", 415, "unsupported_media_type"),
            ("multipart/form-data; boundary=\"\"", 400, "malformed_multipart"),
            ("multipart/form-data; boundary=\"b \"", 400, "malformed_multipart"),
            ("multipart/form-data; boundary=\(letters(71))", 400, "malformed_multipart"),
            ("multipart/form-data; boundary=c", 400, "malformed_multipart"),
            ("multipart/form-data; boundary=\"b\"", 200, nil), ("Multipart/Form-Data; Boundary=b", 200, nil),
            ("multipart/form-data; charset=utf-8; boundary=b", 200, nil),
        ])
    func contentTypes(type: String, status: Int, code: String?) async throws {
        try await withForms { _, port, _ in
            let answer = try await post(port, type: type, Self.field("a", "1") + "--b--\r\n")
            #expect(answer.status == status, "\(answer.text)")
            if let code {
                let error = try JSONValue.parse(answer.body)
                #expect(error["code"]?.string == code)
            }
        }
    }

    @Test("a form without Content-Type is refused, and so is one without a body")
    func missing() async throws {
        try await withForms { _, port, _ in
            let untyped = try await TestClient.request(port: port, "POST", "/form", body: [1])
            #expect(untyped.status == 415)
            let empty = try await post(port, "")
            #expect(empty.status == 400)
        }
    }

    @Test("a field up to the limit stays in memory, one beyond it goes to a nameless file of ours alone")
    func spilling() async throws {
        try await withForms { _, port, folder in
            let body = Self.field("small", Self.letters(1000)) + Self.field("large", Self.letters(1001)) + "--b--\r\n"
            let fields = try seen(try await post(port, body))
            #expect(
                fields == [
                    SeenField(name: "small", count: 1000, text: Self.letters(1000)),
                    SeenField(name: "large", count: 1001, mode: 0o600, links: 0),
                ])
            #expect(names(in: folder) == [])
            #expect(await eventually { openFiles(in: folder) == 0 })
        }
    }

    @Test("a file keeps all that came before and after it was opened")
    func spilledContent() async throws {
        let folder = try ThrowAwayDirectory()
        defer { folder.remove() }
        let pool = pool
        let data = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
        try await withServer({ routes in
            routes.on(.post, "/form") { request in
                let form = try await request.collectForm(
                    limits: Self.limits(), spillingTo: folder.path, blocking: pool)
                guard case .file(let file, let count)? = form["f"]?.content else { throw ServiceError.notFound() }
                let end = try await pool.run { try file.read(at: count - 10, upTo: 100) }
                #expect(end == Array(data.suffix(10)))
                return Response(body: .bytes(try await pool.run { try file.read(at: 0, upTo: count) }))
            }
        }) { _, port in
            let body =
                Array("--b\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\n".utf8) + data
                + Array("\r\n--b--\r\n".utf8)
            let answer = try await TestClient.request(
                port: port, "POST", "/form", headers: ["content-type": "multipart/form-data; boundary=b"], body: body)
            #expect(answer.status == 200)
            #expect(answer.body == data)
        }
    }

    @Test("fields of a name are found by its bytes, all of them and the first")
    func duplicates() async throws {
        let pool = pool
        try await withServer({ routes in
            routes.on(.post, "/form") { request in
                let form = try await request.collectForm(spillingTo: "/tmp", blocking: pool)
                return .text(
                    "\(form["a"]?.text ?? "-") \(form.all("a").compactMap(\.text)) \(form["é"]?.text ?? "-")")
            }
        }) { _, port in
            let body =
                Self.field("a", "1") + Self.field("b", "2") + Self.field("a", "3") + Self.field("e\u{301}", "4")
                + "--b--"
            let answer = try await post(port, body)
            #expect(answer.text == "1 [\"1\", \"3\"] -")
        }
    }

    @Test(
        "a form beyond a limit is 413, and leaves no file",
        arguments: [
            (String(repeating: field("a", "1"), count: 101), "too_many_parts"),
            (field("a", letters(200_000)) + field("b", letters(1 << 19) + "x"), "part_too_large"),
            (field(letters(257), "1"), "part_name_too_long"),
            (field("a", letters(200_000)) + "--b\r\nX: \(letters(9000))\r\n\r\n\r\n", "part_header_too_large"),
        ])
    func limits(body: String, code: String) async throws {
        try await withForms { _, port, folder in
            let answer = try await post(port, body + "--b--\r\n")
            #expect(answer.status == 413)
            let error = try JSONValue.parse(answer.body)
            #expect(error["code"]?.string == code)
            #expect(await eventually { openFiles(in: folder) == 0 })
            #expect(names(in: folder) == [])
        }
    }

    @Test("a body beyond the total is 413, declared or chunked", arguments: [true, false])
    func total(isDeclared: Bool) async throws {
        try await withForms(Self.limits { $0.totalBytes = 5000 }) { _, port, folder in
            let body = Self.field("a", Self.letters(3000)) + Self.field("b", Self.letters(3000)) + "--b--\r\n"
            let size = String(body.utf8.count, radix: 16)
            let framed =
                isDeclared
                ? "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
                : "Transfer-Encoding: chunked\r\n\r\n\(size)\r\n\(body)\r\n0\r\n\r\n"
            let head = "POST /form HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=b\r\n"
            let answer = try TestClient.parse(
                try await TestClient.exchange(port: port, Array((head + "Connection: close\r\n" + framed).utf8)))
            #expect(answer.status == 413)
            let error = try JSONValue.parse(answer.body)
            #expect(error["code"]?.string == "body_too_large")
            #expect(await eventually { openFiles(in: folder) == 0 })
        }
    }

    @Test("a form that turns out malformed behind a large field leaves no file")
    func malformed() async throws {
        try await withForms { _, port, folder in
            let answer = try await post(port, Self.field("a", Self.letters(300_000)) + "--b\r\nX\r\n\r\n--b--")
            #expect(answer.status == 400)
            let error = try JSONValue.parse(answer.body)
            #expect(error["code"]?.string == "malformed_multipart")
            #expect(await eventually { openFiles(in: folder) == 0 })
            #expect(names(in: folder) == [])
        }
    }

    @Test("a client that leaves within a large field leaves no file", arguments: [true, false])
    func cancelled(resets: Bool) async throws {
        try await withForms { server, port, folder in
            let client = try await blocking {
                let client = try RawConnection(port: port)
                try client.send(
                    "POST /form HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=b\r\n"
                        + "Content-Length: 500000\r\n\r\n" + Self.field("a", Self.letters(300_000)).dropLast())
                return client
            }
            #expect(await eventually { openFiles(in: folder) == 1 })
            #expect(names(in: folder) == [])
            try await blocking {
                if resets {
                    client.reset()
                } else {
                    client.finishSending()
                    _ = try client.receiveAll()
                }
            }
            #expect(await eventually { openFiles(in: folder) == 0 })
            #expect(await eventually { server.openConnections == 0 })
            let answer = try await TestClient.request(port: port, "GET", "/hello")
            #expect(answer.text == "hello")
        }
    }

    @Test("a folder that is not there is an error of ours, and the server goes on")
    func noFolder() async throws {
        let pool = pool
        try await withServer({ routes in
            routes.on(.post, "/form") { request in
                let form = try await request.collectForm(spillingTo: "/nowhere/at/all", blocking: pool)
                return .text("\(form.fields.count)")
            }
        }) { _, port in
            let large = try await post(port, Self.field("a", Self.letters(100_000)) + "--b--")
            #expect(large.status == 500)
            #expect(!large.text.contains("nowhere"))
            let small = try await post(port, Self.field("a", "1") + "--b--")
            #expect(small.text == "1")
        }
    }

    @Test("a handler that goes on behind a refusal gets the same refusal")
    func behindRefusal() async throws {
        let errors = Shared<[String]>([])
        try await withServer({ routes in
            routes.on(.post, "/form") { request in
                let parts = try request.multipart().makeAsyncIterator()
                for _ in 0..<3 {
                    do {
                        guard try await parts.next() != nil else { return .text("no more parts") }
                    } catch let failure as ParseFailure {
                        errors.update { $0.append(failure.message) }
                    }
                }
                return .text("done")
            }
        }) { _, port in
            let answer = try await post(port, "--b\r\nno field\r\n\r\n1\r\n" + Self.field("a", "1") + "--b--")
            #expect(answer.text == "done")
            #expect(errors.value.count == 3 && Set(errors.value).count == 1, "\(errors.value)")
        }
    }

    @Test("reading a part that was passed by is a mistake that is named")
    func misuse() async throws {
        let found = Shared<[String]>([])
        try await withServer({ routes in
            routes.on(.post, "/form") { request in
                let parts = try request.multipart().makeAsyncIterator()
                guard let first = try await parts.next(), let second = try await parts.next() else {
                    throw ServiceError.notFound()
                }
                do {
                    _ = try await first.body.collect(upTo: 10)
                } catch let error as MultipartUseError {
                    found.update { $0.append("\(error)") }
                }
                return .text(String(decoding: try await second.body.collect(upTo: 10), as: UTF8.self))
            }
        }) { _, port in
            let answer = try await post(port, Self.field("a", "1") + Self.field("b", "2") + "--b--")
            #expect(answer.text == "2")
            #expect(found.value == ["partPassed"])
        }
    }

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

extension SeenField {
    fileprivate init(_ field: MultipartForm.Field) {
        self.init(
            name: field.name, filename: field.filename, type: field.contentType?.description, count: field.count,
            text: field.text)
        guard case .file(let file, _) = field.content else { return }
        var status = stat()
        fstat(file.descriptor, &status)
        mode = status.st_mode & 0o777
        links = Int(status.st_nlink)
    }
}

private func names(in folder: String) -> [String] {
    guard let entries = opendir(folder) else { return [] }
    defer { closedir(entries) }
    var names: [String] = []
    while let entry = readdir(entries) {
        names.append(
            withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
    }
    return names.filter { $0 != "." && $0 != ".." }
}

/// How many files of a folder this process has open, also those without a name.
private func openFiles(in folder: String) -> Int {
    names(in: "/proc/self/fd").count { name in
        var target = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/fd/\(name)", &target, target.count)
        guard count > 0 else { return false }
        return String(decoding: target[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self).hasPrefix(folder + "/")
    }
}

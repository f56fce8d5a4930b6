import Glibc
import HTTP
import JSON
import Loop
import TestKit
import Testing

@Suite("Forms over a socket")
struct MultipartServerTests {
    let pool = BlockingPool(maximumThreads: 4)

    static func limits(_ change: (inout MultipartLimits) -> Void = { _ in }) -> MultipartLimits {
        var limits = MultipartLimits()
        limits.memoryBytesPerPart = 1000
        limits.partBytes = 1 << 19
        limits.totalBytes = 4 << 20
        change(&limits)
        return limits
    }

    func withForms(
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

    func post(
        _ port: UInt16, type: String = "multipart/form-data; boundary=b", _ body: String
    ) async throws -> TestAnswer {
        try await TestClient.request(
            port: port, "POST", "/form", headers: ["content-type": type], body: Array(body.utf8))
    }

    func seen(_ answer: TestAnswer) throws -> [SeenField] {
        try JSONReader().decode([SeenField].self, from: answer.body)
    }

    static func field(_ name: String, _ data: String) -> String {
        "--b\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(data)\r\n"
    }

    static func letters(_ count: Int) -> String { String(repeating: "x", count: count) }

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
}

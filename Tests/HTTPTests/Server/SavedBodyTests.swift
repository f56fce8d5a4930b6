import Glibc
import HTTP
import Loop
import TestKit
import Testing

@Suite("A body saved to a file")
struct SavedBodyTests {
    private static let body = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }

    private func head(_ path: String, length: Int = body.count) -> String {
        "PUT \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: \(length)\r\n\r\n"
    }

    private func routes(_ routes: inout Routes, folder: String) {
        let disk = BlockingPool(maximumThreads: 2)
        func declare(_ path: String, file: String, flags: Int32) {
            routes.on(.put, path) { request in
                let descriptor = open(file, flags | O_WRONLY | O_CLOEXEC, 0o600)
                defer { close(descriptor) }
                return .text("\(try await request.body.save(to: descriptor, upTo: 1 << 24, blocking: disk))")
            }
        }
        declare("/file", file: folder + "/file", flags: O_CREAT | O_TRUNC)
        declare("/appended", file: folder + "/file", flags: O_CREAT | O_APPEND)
        declare("/full", file: "/dev/full", flags: 0)
        routes.on(.get, "/next") { _ in .text("next") }
    }

    private func withFolder(_ body: (String, UInt16) async throws -> Void) async throws {
        let directory = try ThrowAwayDirectory()
        defer { directory.remove() }
        let folder = directory.path
        try await withServer({ routes(&$0, folder: folder) }) { _, port in try await body(folder, port) }
    }

    private func contents(_ path: String) throws -> [UInt8] {
        let file = try #require(fopen(path, "r"))
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 8_000_000)
        let count = fread(&bytes, 1, bytes.count, file)
        return Array(bytes[..<count])
    }

    @Test("is what was sent, in pieces of any size, and the next request behind it is answered")
    func pieces() async throws {
        try await withFolder { folder, port in
            let answers = try await blocking {
                let connection = try RawConnection(port: port)
                try connection.send(head("/file"))
                var rest = Self.body[...]
                for size in [1, 7, 100_000, 300_000, 1, 1_500_000] {
                    try connection.send(Array(rest.prefix(size)))
                    rest = rest.dropFirst(size)
                    usleep(20_000)
                }
                try connection.send(
                    Array(rest) + Array("GET /next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".utf8))
                return try connection.receiveAll()
            }
            #expect(answers.contains("\r\n\r\n\(Self.body.count)HTTP/1.1 200"))
            #expect(answers.hasSuffix("\r\n\r\nnext"))
            #expect(try contents(folder + "/file") == Self.body)
        }
    }

    @Test("goes behind what a file opened for appending holds")
    func appended() async throws {
        try await withFolder { folder, port in
            for _ in 0..<2 {
                let answer = try await TestClient.request(port: port, "PUT", "/appended", body: Self.body)
                #expect(answer.text == "\(Self.body.count)")
            }
            #expect(try contents(folder + "/file") == Self.body + Self.body)
        }
    }

    @Test("is refused when there is no room")
    func full() async throws {
        try await withFolder { _, port in
            let answer = try await blocking {
                let connection = try RawConnection(port: port)
                try connection.send(head("/full"))
                _ = connection.sendWhatFits(Self.body, milliseconds: 500)
                return try connection.receive(until: "\r\n\r\n")
            }
            #expect(answer.hasPrefix("HTTP/1.1 507 "))
        }
    }

    @Test("ends with its client")
    func disconnect() async throws {
        try await withFolder { folder, port in
            try await blocking {
                let connection = try RawConnection(port: port)
                try connection.send(head("/file"))
                try connection.send(Array(Self.body[..<1_000_000]))
            }
            #expect(await eventually { access(folder + "/file", F_OK) == 0 })
            // The server still serves, and the file holds nothing but what was sent.
            let answer = try await TestClient.request(port: port, "GET", "/next")
            #expect(answer.text == "next")
            let saved = try contents(folder + "/file")
            #expect(saved == Array(Self.body[..<saved.count]) && saved.count <= 1_000_000)
        }
    }
}

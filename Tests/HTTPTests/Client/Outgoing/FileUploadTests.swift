import Glibc
import Loop
import TestKit
import Testing

@testable import HTTP

/// A file as the body of a request.
struct FileUploadTests {
    private let blocking = BlockingPool(maximumThreads: 1)

    @Test("Only a regular file is sent, not what a link leads to", arguments: ["missing", "folder", "link"])
    func notFiles(name: String) async throws {
        let directory = try ThrowAwayDirectory()
        defer { directory.remove() }
        mkdir("\(directory.path)/folder", 0o700)
        try writeFile("\(directory.path)/file", [1])
        symlink("\(directory.path)/file", "\(directory.path)/link")
        await #expect(throws: LoopError.self) {
            try await ClientBody.file("\(directory.path)/\(name)", blocking: blocking)
        }
    }

    @Test("A file that has become shorter fails the request; one that has grown is sent as long as it was")
    func changedFiles() async throws {
        let directory = try ThrowAwayDirectory()
        defer { directory.remove() }
        let server = try ScriptedServer { peer in
            try peer.head()
            let body = try peer.read(1000)
            try peer.send("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
            try peer.send(body)
        }
        defer { server.stop() }
        let path = "\(directory.path)/file"
        try writeFile(path, patternedBytes(1000))
        let grown = try await ClientBody.file(path, blocking: blocking)
        try writeFile(path, patternedBytes(2000))
        let answer = try await fetch(OutgoingRequest(.put, server.url(), body: grown))
        #expect(answer.body == patternedBytes(1000))

        let shortened = try await ClientBody.file(path, blocking: blocking)
        try writeFile(path, patternedBytes(500))
        let error = await fetchFailure(OutgoingRequest(.put, server.url(), body: shortened))
        #expect(
            isSame(error, .requestBodyFailed(BodyLengthMismatch(declared: 2000, sent: 500))),
            "\(String(describing: error))")
    }

    @Test("An empty file is an empty body")
    func empty() async throws {
        let directory = try ThrowAwayDirectory()
        defer { directory.remove() }
        let heads = Notes<String>()
        let server = try ScriptedServer { peer in
            heads.add(try peer.head())
            try peer.send("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        }
        defer { server.stop() }
        try writeFile("\(directory.path)/file", [])
        let body = try await ClientBody.file("\(directory.path)/file", blocking: blocking)
        let answer = try await fetch(OutgoingRequest(.put, server.url(), body: body))
        #expect(answer.response.status == .ok)
        #expect(heads.all.first?.contains("Content-Length: 0\r\n") == true)
    }
}

import Foundation
import Glibc
import Loop
import TestKit
import Testing

@testable import Engines

@Suite("A workspace", .timeLimit(.minutes(2)))
struct WorkspaceTests {
    private func removed(after script: String) async throws -> Bool {
        var path = ""
        try await withEngine { engine in
            try await engine.withWorkspace { workspace in
                path = workspace.path
                try await engine.run(workspace.python(script))
            }
        }
        return access(path, F_OK) != 0 && access(WorkspaceFolder.lockPath(of: path), F_OK) != 0
    }

    @Test("is removed whatever was thrown in it")
    func thrown() async throws {
        struct Boom: Error {}
        var path = ""
        await #expect(throws: Boom.self) {
            try await withEngine { engine in
                try await engine.withWorkspace { workspace in
                    path = workspace.path
                    throw Boom()
                }
            }
        }
        #expect(!path.isEmpty && access(path, F_OK) != 0)
    }

    @Test("is removed with folders a thousand deep")
    func deep() async throws {
        let isRemoved = try await removed(
            after: """
                import os
                for level in range(1500):
                    os.mkdir("a-name-that-makes-the-whole-path-too-long"); os.chdir("a-name-that-makes-the-whole-path-too-long")
                    open("file", "w").close()
                """)
        #expect(isRemoved)
    }

    @Test("is removed with ten thousand files and folders")
    func many() async throws {
        let isRemoved = try await removed(
            after: """
                import os
                for number in range(8000): open(f"file-{number}", "w").close()
                for number in range(2000):
                    os.makedirs(f"folder/{number}/inner"); open(f"folder/{number}/inner/file", "w").close()
                """)
        #expect(isRemoved)
    }

    @Test("is removed with odd names, pipes and sockets")
    func odd() async throws {
        let isRemoved = try await removed(
            after: """
                import os, socket
                for name in [b"new\\nline", b"\\xff\\xfe", b"-rf", b" ", b"...", b".removing-1", b"x" * 255]:
                    os.makedirs(name + b"/" + name if len(name) < 200 else name)
                open(".removing-2", "w").close(); os.mkdir(".removing-3")
                os.mkfifo("pipe"); socket.socket(socket.AF_UNIX).bind("socket")
                os.makedirs("deep/deeper/deepest"); os.makedirs(".removing-4/.removing-5/.removing-6")
                """)
        #expect(isRemoved)
    }

    @Test("never leads out by its links")
    func links() async throws {
        let outside = try ThrowAwayDirectory()
        defer { outside.remove() }
        let kept = "\(outside.path)/folder/kept"
        try FileManager.default.createDirectory(atPath: "\(outside.path)/folder", withIntermediateDirectories: true)
        _ = FileManager.default.createFile(atPath: kept, contents: Data("here".utf8))
        let isRemoved = try await removed(
            after: """
                import os
                os.symlink("\(outside.path)", "folder"); os.symlink("\(kept)", "file")
                os.symlink("..", "up"); os.symlink("/", "root"); os.symlink("nowhere", "broken"); os.symlink("loop", "loop")
                os.makedirs("a/b"); os.symlink("\(outside.path)/folder", "a/b/link"); os.link("\(kept)", "a/b/hard")
                """)
        #expect(isRemoved)
        #expect(FileManager.default.contents(atPath: kept) == Data("here".utf8))
    }

    @Test("is removed with folders that are closed to their owner, by a user without special rights")
    func readOnly() async throws {
        let root = try ThrowAwayDirectory()
        defer { root.remove() }
        // Root may write everywhere, so the test would show nothing.
        let prefix = geteuid() == 0 ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : []
        if geteuid() == 0 { chown(root.path, 65534, 65534) }
        let script = """
            mkdir -p open/closed/inner none; touch open/closed/file open/closed/inner/file none/file
            chmod 555 open/closed/inner; chmod 444 open/closed; chmod 000 none; chmod 500 open; ls -A; chmod 300 .
            """
        let words =
            prefix + [Executables.engineHost, Executables.engineGuard, "\(root.path)/x", "/bin/sh", "-c", script]
        let (output, status) = try await TestProcess.run(words[0], Array(words.dropFirst()))
        if status == 126 || status == 127, output.contains("ermission denied") {
            // The build is in a folder that others may not enter.
            return
        }
        #expect(status == 0)
        #expect(output.contains("open") && output.contains("none"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(root.path)/x").isEmpty)
    }

    @Test("is refused below a folder that others may write to, or that is a link")
    func unsafeRoot() async throws {
        let root = try ThrowAwayDirectory()
        defer { root.remove() }
        chmod(root.path, 0o777)
        #expect(throws: SystemFailure("open", code: EPERM)) { try WorkspaceFolder.create(in: root.path) }
        chmod(root.path, 0o700)
        symlink(root.path, "\(root.path)/link")
        #expect(throws: SystemFailure("open", code: EPERM)) { try WorkspaceFolder.create(in: "\(root.path)/link") }
        let folder = try WorkspaceFolder.create(in: "\(root.path)/made/as/needed")
        try folder.remove()
    }

    @Test("that is in use is not swept, and what is no workspace is left in peace")
    func sweep() throws {
        let root = try ThrowAwayDirectory()
        defer { root.remove() }
        let used = try WorkspaceFolder.create(in: root.path)
        let id = String(repeating: "0a", count: 16)
        // One that lost its lock, one that never got its folder, and strangers.
        mkdir("\(root.path)/engine-\(id)", 0o700)
        let lockOnly = "\(root.path)/engine-\(id.reversed().map(String.init).joined()).lock"
        _ = FileManager.default.createFile(atPath: lockOnly, contents: nil)
        let strangers = ["other", "engine-", "engine-0A\(id.dropFirst(2))", "engine-\(id)0", "engine-short.lock"]
        for name in strangers { mkdir("\(root.path)/\(name)", 0o700) }
        let swept = WorkspaceSweep.run(in: root.path)
        #expect(swept == EngineSweep(workspaces: 2, processes: 0, failures: 0))
        let left = try FileManager.default.contentsOfDirectory(atPath: root.path)
        let lock = WorkspaceFolder.lockPath(of: used.path)
        let kept = [used.path, lock].map { URL(fileURLWithPath: $0).lastPathComponent }
        #expect(Set(left) == Set(strangers + kept))
        try used.remove()
        #expect(WorkspaceSweep.run(in: root.path) == EngineSweep())
    }

    @Test("many that are made and swept at once never lose one that is in use")
    func race() async throws {
        let root = try ThrowAwayDirectory()
        defer { root.remove() }
        let path = root.path
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for _ in 0..<4 {
                tasks.addTask {
                    for _ in 0..<200 {
                        let folder = try WorkspaceFolder.create(in: path)
                        #expect(access(folder.path, W_OK) == 0)
                        try folder.remove()
                        #expect(access(folder.path, F_OK) != 0)
                    }
                }
                tasks.addTask {
                    for _ in 0..<200 { #expect(WorkspaceSweep.run(in: path).failures == 0) }
                }
            }
            try await tasks.waitForAll()
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: path).isEmpty)
    }
}

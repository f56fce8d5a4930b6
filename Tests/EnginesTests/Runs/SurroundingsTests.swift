import Engines
import Foundation
import Glibc
import Testing

@Suite("What a program finds around it", .timeLimit(.minutes(2)))
struct SurroundingsTests {
    @Test("is the environment it was given, and four variables more")
    func environment() async throws {
        setenv("PENTAD_TEST_SECRET", "must not leak", 1)
        var settings = EngineSettings(environment: ["CUDA_VISIBLE_DEVICES": "0", "BOTH": "settings"])
        settings.searchPath = "/usr/bin:/bin"
        var path = ""
        let (lines, _) = try await runOnce(settings) { workspace in
            path = workspace.path
            return EngineCommand("env", workspace: workspace, environment: ["MODEL": "small\nx", "BOTH": "command"])
        }
        let expected = [
            "BOTH=command", "CUDA_VISIBLE_DEVICES=0", "HOME=\(path)", "LANG=C.UTF-8", "MODEL=small",
            "PATH=/usr/bin:/bin",
            "TMPDIR=\(path)", "x",
        ]
        #expect(lines.map(\.text).sorted() == expected)
    }

    @Test("is its workspace, private and empty")
    func directory() async throws {
        try await withEngine { engine in
            var path = ""
            try await engine.withWorkspace { workspace in
                path = workspace.path
                var lines: [String] = []
                try await engine.run(workspace.shell("pwd -P; ls -A; stat -c %a .; umask")) { lines.append($0.text) }
                #expect(lines == [path, "700", "0077"])
            }
            #expect(access(path, F_OK) != 0)
        }
    }

    @Test("is another folder where the command says so")
    func otherDirectory() async throws {
        let (lines, _) = try await runOnce { workspace in
            EngineCommand("pwd", ["-P"], workspace: workspace, directory: "/usr")
        }
        #expect(lines.map(\.text) == ["/usr"])
        let error = try await failure { EngineCommand("pwd", workspace: $0, directory: "/no/such/folder") }
        #expect(error == .couldNotStart(.system(operation: "execve", code: ENOENT)))
    }

    @Test("are three descriptors, whatever the service has open")
    func descriptors() async throws {
        // Without close-on-exec, as a careless library would open them.
        let careless = (0..<20).map { _ in open("/dev/null", O_RDONLY) }
        defer { for descriptor in careless { close(descriptor) } }
        let (lines, _) = try await runOnce { EngineCommand("ls", ["/proc/self/fd"], workspace: $0) }
        // The last is the listing itself.
        #expect(lines.map(\.text) == ["0", "1", "2", "3"])
    }

    @Test("is a session of its own, no signal blocked or ignored, no core, no way to more rights")
    func process() async throws {
        let script = """
            grep -E '^(SigBlk|SigIgn|SigPnd|NoNewPrivs)' /proc/self/status | tr -d '\\t'
            grep 'core file' /proc/self/limits | tr -s ' '
            read -r pid name state parent group session rest < /proc/$$/stat
            test $pid = $$ && test $group = $$ && test $session = $$ && echo leader
            """
        signal(SIGUSR2, SIG_IGN)
        defer { signal(SIGUSR2, SIG_DFL) }
        let (lines, _) = try await runOnce { $0.shell(script) }
        let zero = "0000000000000000"
        #expect(
            lines.map(\.text) == [
                "SigPnd:\(zero)", "SigBlk:\(zero)", "SigIgn:\(zero)", "NoNewPrivs:1", "Max core file size 1 1 bytes ",
                "leader",
            ])
    }

    @Test("are the limits that were set")
    func limits() async throws {
        let limits = EngineLimits(
            dataBytes: 1 << 30, addressSpaceBytes: 2 << 30, cpuTime: .milliseconds(6500), fileBytes: 1 << 20,
            processes: 5000, openFiles: 77)
        let (lines, _) = try await runOnce { workspace in
            EngineCommand("cat", ["/proc/self/limits"], workspace: workspace, limits: limits)
        }
        let words = lines.map { $0.text.split(separator: " ").joined(separator: " ") }
        for expected in [
            "Max data size 1073741824 1073741824 bytes", "Max address space 2147483648 2147483648 bytes",
            "Max cpu time 7 9 seconds", "Max file size 1048576 1048576 bytes", "Max processes 5000 5000 processes",
            "Max open files 77 77 files",
        ] {
            #expect(words.contains(expected))
        }
    }

    @Test("a word that C cannot hold is refused")
    func zeroByte() async throws {
        let argument = try await failure { EngineCommand("echo", ["a\0b"], workspace: $0) }
        #expect(argument == .couldNotStart(.malformed("a\0b")))
        let variable = try await failure { EngineCommand("echo", workspace: $0, environment: ["A=B": "c"]) }
        #expect(variable == .couldNotStart(.malformed("A=B")))
    }
}

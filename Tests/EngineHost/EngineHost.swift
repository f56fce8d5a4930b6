import CLinux
import Engines
import Glibc
import Loop

/// A service in small: runs one program until somebody kills it. `engine-host GUARD WORKSPACES PROGRAM ARGUMENT...`
enum EngineHost {
    static func run() -> Never {
        clinux_hide_process()
        let words = Array(CommandLine.arguments.dropFirst())
        Task {
            do {
                try await host(words)
                exit(0)
            } catch {
                print("failed: \(error)")
                exit(1)
            }
        }
        while true { pause() }
    }

    private static func host(_ words: [String]) async throws {
        let settings = EngineSettings(guardPath: words[0], workspaces: words[1])
        let engine = try await Engine.open(settings, loops: try EventLoopGroup(count: 1))
        try await engine.withWorkspace { workspace in
            write("workspace \(workspace.path)")
            let run = try await engine.start(
                EngineCommand(words[2], Array(words.dropFirst(3)), workspace: workspace))
            for try await line in run.standardOutput { write(line.text) }
            try await run.finish()
        }
    }

    private static func write(_ line: String) {
        print(line)
        fflush(nil)
    }
}

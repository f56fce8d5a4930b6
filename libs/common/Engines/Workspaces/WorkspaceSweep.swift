import Glibc

/// Clears a folder of workspaces of what dead processes have left in it. What is in use, and what is not a workspace,
/// is left in peace.
enum WorkspaceSweep {
    static func run(in root: String) -> EngineSweep {
        var sweep = EngineSweep()
        for path in workspaces(in: root) {
            do throws(SystemFailure) {
                guard let folder = try WorkspaceFolder.takeOver(path) else { continue }
                sweep.processes += LeftoverProcesses.end(of: path)
                try folder.remove()
                sweep.workspaces += 1
            } catch {
                sweep.failures += 1
            }
        }
        return sweep
    }

    private static func workspaces(in root: String) -> Set<String> {
        guard let names = DirectoryNames(root) else { return [] }
        var found: Set<String> = []
        for name in names {
            var text = name.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
            if text.hasSuffix(WorkspaceFolder.lockSuffix) { text.removeLast(WorkspaceFolder.lockSuffix.utf8.count) }
            guard text.hasPrefix(WorkspaceFolder.prefix) else { continue }
            let id = text.dropFirst(WorkspaceFolder.prefix.utf8.count).utf8
            guard id.count == WorkspaceFolder.idLength, id.allSatisfy({ "0123456789abcdef".utf8.contains($0) }) else {
                continue
            }
            found.insert("\(root)/\(text)")
        }
        return found
    }
}

/// What a sweep found.
public struct EngineSweep: Sendable, Equatable {
    /// Workspaces of dead processes that were removed.
    public var workspaces = 0
    /// Processes in them that were ended.
    public var processes = 0
    /// Workspaces that could not be removed.
    public var failures = 0
}

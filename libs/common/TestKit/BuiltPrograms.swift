import Glibc

/// The project's executables, which the build puts beside the tests.
public enum BuiltPrograms {
    /// The name alone where there is none, so that a start says what is missing.
    public static func path(_ name: String) -> String {
        let candidates = [linkTarget("/proc/self/exe"), CommandLine.arguments[0]].map { own in
            own.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/") + "/\(name)"
        }
        return candidates.first { access($0, X_OK) == 0 } ?? name
    }

    private static func linkTarget(_ path: String) -> String {
        var target = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(path, &target, target.count)
        return String(decoding: target.prefix(max(0, count)), as: UTF8.self)
    }
}

import Foundation

/// The public conformance suites, which lie beside the checkout and not in it.
public enum SharedData {
    public static let folder: String =
        ProcessInfo.processInfo.environment["PENTAD_SHARED"]
        ?? URL(fileURLWithPath: #filePath).appendingPathComponent("../../../../../shared").standardized.path

    public static let whyAbsent =
        "the public conformance suites are absent (PENTAD_SHARED=DIR says where they are)"

    /// A path below the folder of the suites.
    public static func conformance(_ path: String) -> String { "\(folder)/data/conformance/\(path)" }

    public static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    public static func bytes(_ path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    }

    /// The names in a folder, in order; none where there is no folder.
    public static func names(in folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }
}

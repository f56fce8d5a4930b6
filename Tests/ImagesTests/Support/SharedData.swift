import Foundation
import Testing

/// The public conformance suites, which lie beside the checkout and not in it.
enum SharedData {
    static let folder: String =
        ProcessInfo.processInfo.environment["PENTAD_SHARED"]
        ?? URL(fileURLWithPath: #filePath).appendingPathComponent("../../../../../shared").standardized.path

    static let whyAbsent: Comment =
        "the public conformance suites are absent (PENTAD_SHARED=DIR says where they are)"

    static let pngSuite = folder + "/data/conformance/pngsuite"

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: path)
    }

    static func names(in folder: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(".png") }.map { String($0.dropLast(4)) }.sorted()
    }

    static func bytes(_ path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    }
}

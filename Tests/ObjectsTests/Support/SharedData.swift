import Foundation
import Testing

/// The public conformance suites, which lie beside the checkout and not in it.
enum SharedData {
    static let folder: String =
        ProcessInfo.processInfo.environment["PENTAD_SHARED"]
        ?? URL(fileURLWithPath: #filePath).appendingPathComponent("../../../../../shared").standardized.path

    static let whyAbsent: Comment =
        "the public conformance suites are absent (PENTAD_SHARED=DIR says where they are)"

    static let signatures = folder + "/data/conformance/sigv4-botocore/tests/unit/auth/aws4_testsuite"

    static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    static func text(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
    }
}

import Foundation
import JSON
import Testing

/// The public conformance suites, which lie beside the checkout and not in it.
enum SharedData {
    static let folder: String =
        ProcessInfo.processInfo.environment["PENTAD_SHARED"]
        ?? URL(fileURLWithPath: #filePath).appendingPathComponent("../../../../../shared").standardized.path

    static let whyAbsent: Comment =
        "the public conformance suites are absent (PENTAD_SHARED=DIR says where they are)"

    static let wycheproof = folder + "/data/conformance/wycheproof/testvectors_v1/"
    static let hasWycheproof = FileManager.default.fileExists(atPath: wycheproof)

    static func document(_ name: String) throws -> JSONValue {
        try JSONValue.parse([UInt8](Data(contentsOf: URL(fileURLWithPath: wycheproof + name))))
    }
}

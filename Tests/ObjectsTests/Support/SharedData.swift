import TestKit

extension SharedData {
    static let signatures = conformance("sigv4-botocore/tests/unit/auth/aws4_testsuite")

    static func text(_ path: String) throws -> String { String(decoding: try bytes(path), as: UTF8.self) }
}

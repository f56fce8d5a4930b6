import TestKit

extension SharedData {
    static let jsonTestSuite = conformance("jsontestsuite/test_parsing")
    static let naughtyStrings = conformance("blns/blns.json")

    static func cases(_ prefix: String) -> [String] { names(in: jsonTestSuite).filter { $0.hasPrefix(prefix) } }
}

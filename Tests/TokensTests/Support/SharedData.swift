import JSON
import TestKit

extension SharedData {
    static let wycheproof = conformance("wycheproof/testvectors_v1")
    static let hasWycheproof = exists(wycheproof)

    static func document(_ name: String) throws -> JSONValue { try JSONValue.parse(bytes("\(wycheproof)/\(name)")) }
}

import TestKit

extension SharedData {
    static let pngSuite = conformance("pngsuite")

    static let pictures = names(in: pngSuite + "/png").filter { $0.hasSuffix(".png") }.map { String($0.dropLast(4)) }
}

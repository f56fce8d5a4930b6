import JSON
import TestKit
import Testing

@testable import Images

/// Willem van Schaik's suite, with the pixels as a second reader saw them.
@Suite("PngSuite", .enabled(if: SharedData.exists(SharedData.pngSuite), Comment(rawValue: SharedData.whyAbsent)))
struct PNGSuiteTests {
    private static let names = SharedData.pictures

    @Test("Every picture's pixels equal those expected", arguments: names.filter { !$0.hasPrefix("x") })
    func pixels(name: String) throws {
        let image = try Image.decode(path: SharedData.pngSuite + "/png/\(name).png")
        let json = try SharedData.bytes(SharedData.pngSuite + "/json/\(name).json")
        let expected = try JSONReader().decode([Int].self, from: json)
        let rgba = image.converted(to: image.format.bitsPerSample == 16 ? .rgba16 : .rgba8)
        #expect(expected.count == rgba.width * rgba.height * 4)
        let samples = (0..<rgba.height).flatMap { y in
            (0..<rgba.width).flatMap { x in (0..<4).map { rgba[x, y, $0] } }
        }
        #expect(samples == expected)
    }

    @Test("Every corrupt one is refused", arguments: names.filter { $0.hasPrefix("x") })
    func corrupt(name: String) throws {
        let bytes = try SharedData.bytes(SharedData.pngSuite + "/png/\(name).png")
        switch imageError({ () throws(ImageError) in _ = try Image.decode(bytes) }) {
        case .malformed, .truncated, .notAPicture(nil): break
        case let other: Issue.record("\(name) gave \(String(describing: other))")
        }
    }

    @Test("The suite is whole")
    func whole() {
        #expect(PNGSuiteTests.names.count == 175)
    }
}

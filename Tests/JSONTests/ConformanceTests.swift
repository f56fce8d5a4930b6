import JSON
import TestKit
import Testing

/// N. Seriot's "Parsing JSON is a Minefield".
@Suite(
    "JSONTestSuite",
    .enabled(if: SharedData.exists(SharedData.jsonTestSuite), Comment(rawValue: SharedData.whyAbsent)))
struct ConformanceTests {
    /// Grammatical, but refused here on purpose.
    static let refusedByChoice = ["y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"]

    @Test("All that must be accepted is", arguments: SharedData.cases("y_"))
    func accepted(name: String) throws {
        let error = failure(reading: try bytes(name))
        if ConformanceTests.refusedByChoice.contains(name) {
            #expect(error?.kind == .duplicateKey)
        } else {
            #expect(error == nil)
        }
    }

    @Test("All that must be refused is", arguments: SharedData.cases("n_"))
    func refused(name: String) throws {
        #expect(failure(reading: try bytes(name)) != nil)
    }

    @Test(
        "What is left open ends in a value or an error, and the value is kept",
        arguments: SharedData.cases("i_"))
    func leftOpen(name: String) throws {
        guard let value = try? JSONValue.parse(try bytes(name)) else { return }
        #expect(try JSONValue.parse(value.serialise()) == value)
    }

    private func bytes(_ name: String) throws -> [UInt8] {
        try SharedData.bytes(SharedData.jsonTestSuite + "/" + name)
    }
}

@Suite(
    "The big list of naughty strings",
    .enabled(if: SharedData.exists(SharedData.naughtyStrings), Comment(rawValue: SharedData.whyAbsent)))
struct NaughtyStringTests {
    @Test("Each is read, written and read again alike")
    func roundTrip() throws {
        let strings = try JSONReader().decode([String].self, from: SharedData.bytes(SharedData.naughtyStrings))
        #expect(strings.count > 400)
        #expect(try JSONReader().decode([String].self, from: JSONWriter().encode(strings)) == strings)
        for string in strings {
            #expect(try read(written([string: string])) == [string: string])
        }
    }
}

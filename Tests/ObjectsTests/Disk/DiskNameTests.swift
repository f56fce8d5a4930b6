import Testing

@testable import Objects

@Suite("How keys are spelt on disk")
struct DiskNameTests {
    @Test(
        "Folders and files never meet, and a percent sign is spelt out",
        arguments: [
            ("ab", [], "ab"), ("ab/x", ["ab"], "x"), ("a%o", [], "a%25o"), ("100%/50%+", ["100%25"], "50%25+"),
            ("한/국", ["한"], "국"),
        ] as [(String, [String], String)])
    func spelling(_ key: String, _ folders: [String], _ file: String) {
        let name = DiskName(ObjectKey(key)!)
        #expect(name.folders == folders && name.file == file)
    }

    @Test(
        "A long segment goes through folders, none longer than a file's name may be",
        arguments: [
            String(repeating: "x", count: 1024), String(repeating: "한", count: 341),
            String(repeating: "%", count: 1000),
            "a/" + String(repeating: "y", count: 400) + "/b",
        ])
    func longSegments(_ key: String) throws {
        let name = DiskName(ObjectKey(key)!)
        for part in name.folders + [name.file] { #expect(part.utf8.count <= 210) }
        // Put together again, the names are the key.
        var decoded: [UInt8] = []
        for folder in name.folders {
            let isBeginning = folder.hasSuffix("%+")
            decoded += try #require(DiskName.decoded(isBeginning ? String(folder.dropLast(2)) : folder))
            if !isBeginning { decoded.append(UInt8(ascii: "/")) }
        }
        decoded += try #require(DiskName.decoded(name.file))
        #expect(decoded == Array(key.utf8))
    }

    @Test("Dots that are left of a long segment name no other folder", arguments: [".", ".."])
    func dots(rest: String) throws {
        let long = String(repeating: "x", count: 200)
        let name = DiskName(ObjectKey("\(long)\(rest)/y")!)
        #expect(name.folders == [long + "%+", String(repeating: "%2E", count: rest.count)] && name.file == "y")
        #expect(DiskName.decoded(name.folders[1]) == Array(rest.utf8))
        #expect(DiskName(ObjectKey(long + rest)!).file == name.folders[1])
    }
}

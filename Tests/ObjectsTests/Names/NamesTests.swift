import Testing

@testable import Objects

@Suite("Names of buckets and objects")
struct NamesTests {
    @Test(
        "Buckets are named by the rules of S3",
        arguments: [
            "abc", "pointcloud.test.until.20240607", "a1-b2.c3", String(repeating: "a", count: 63),
        ])
    func goodBuckets(_ name: String) {
        #expect(BucketName(name)?.description == name)
    }

    @Test(
        "Other names are refused",
        arguments: [
            "", "ab", String(repeating: "a", count: 64), "Abc", "a_b", "a..b", ".abc", "abc.", "-abc", "abc-", "a.-b",
            "a-.b",
            "192.168.5.4", "xn--abc", "abc-s3alias", "abc--x-s3", "a/b", "a b", "한글한글", "abc\u{0}",
        ])
    func badBuckets(_ name: String) {
        #expect(BucketName(name) == nil)
    }

    @Test(
        "Keys of every script and with every sign are kept to the byte",
        arguments: [
            "a", "a/b", "a b", "a+b", "100%", "%2e%2e", "한국어/파일.png", "e\u{301}", "\u{e9}", "'\"&<>", "a\u{85}b", "...",
            ".hidden", "a..b", "~", "🩻/x", String(repeating: "x", count: 1024),
        ])
    func goodKeys(_ text: String) throws {
        let key = try #require(ObjectKey(text))
        #expect(Array(key.description.utf8) == Array(text.utf8))
    }

    @Test(
        "Keys that stores or file systems would take for others are refused",
        arguments: [
            "", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/..", "a/../b", "a/./b", "./a", "a\u{0}", "a\nb",
            "\u{7f}",
            "a\\b", String(repeating: "x", count: 1025), String(repeating: "한", count: 342),
        ])
    func badKeys(_ text: String) {
        #expect(ObjectKey(text) == nil)
    }

    @Test("Keys that look alike are not the same")
    func equality() {
        #expect(ObjectKey("e\u{301}") != ObjectKey("\u{e9}"))
        #expect(Set([ObjectKey("e\u{301}")!, ObjectKey("\u{e9}")!]).count == 2)
        #expect(ObjectKey("a-b")! < ObjectKey("a/b")! && ObjectKey("ab")! < ObjectKey("ab/x")!)
    }

    @Test(
        "A folder's URI is read with or without its last slash",
        arguments: [
            ("s3://pointcloud.test.until.20240607/test/src", "test/src/"), ("s3://abc/test/", "test/"),
            ("s3://abc", ""),
            ("s3://abc/", ""), ("s3://abc/100%25 a", "100%25 a/"),
        ])
    func folders(_ uri: String, _ prefix: String) throws {
        let folder = try #require(ObjectFolder(uri))
        #expect(folder.prefix.description == prefix)
    }

    @Test(
        "What is no s3:// URI is refused",
        arguments: [
            "", "s3:/abc/x", "S3://abc/x", "s3://", "s3:///x", "s3://ab/x", "s3://abc//x", "s3://abc/../x",
            "s3://abc/x/../y",
            "https://abc/x", "s3://user@abc/x", "s3://abc:80/x", " s3://abc/x", "s3://abc/x\n", "s3://abc/\u{0}",
            "s3://abc/" + String(repeating: "x", count: 1025),
        ])
    func badFolders(_ uri: String) {
        #expect(ObjectFolder(uri) == nil)
        #expect(ObjectLocation(uri) == nil)
    }

    @Test(
        "Only what lies below an allowed folder may be named",
        arguments: [
            ("s3://abc/in", true), ("s3://abc/in/deeper/", true), ("s3://abc/inner", false), ("s3://abc", false),
            ("s3://other/x", true), ("s3://others", false), ("s3://abc/other", false),
        ])
    func allowed(_ uri: String, _ expected: Bool) throws {
        let allowed = try #require(AllowedFolders("s3://abc/in, s3://other"))
        let folder = try #require(ObjectFolder(uri))
        #expect(allowed.permits(folder) == expected)
        if let location = folder.location("file") { #expect(allowed.permits(location) == expected) }
    }

    @Test("A path within a folder stays within it")
    func paths() throws {
        let folder = try #require(ObjectFolder("s3://abc/jobs/1"))
        #expect(folder.location("out/x.ply")?.description == "s3://abc/jobs/1/out/x.ply")
        for path in ["../2/x", "/etc", "", "a/../../2", "a//b"] { #expect(folder.location(path) == nil) }
        let location = try #require(folder.location("out/x.ply"))
        #expect(folder.prefix.path(of: location.key) == "out/x.ply")
    }

    @Test("An allow-list with something else in it is refused", arguments: ["x", "s3://abc/in x", "s3://A"])
    func badLists(_ list: String) {
        #expect(AllowedFolders(list) == nil)
    }
}

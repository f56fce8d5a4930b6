import Testing

@testable import Objects

@Suite("The XML of stores")
struct XMLParserTests {
    private static func parse(_ text: String) throws -> XMLElement { try XMLParser.parse(Array(text.utf8)) }

    @Test("Elements, text, entities and namespaces are read")
    func reads() throws {
        let root = try Self.parse(
            """
            \u{feff}<?xml version="1.0" encoding="UTF-8"?>
            <!-- a comment -->
            <s3:List xmlns:s3="http://s3.amazonaws.com/doc/2006-03-01/" a='"'>
              <Key>a &amp; b&lt;&gt;&quot;&apos;&#x41;&#54620;</Key><Key/><Empty></Empty ><!-- x -->
            </s3:List>
            """)
        #expect(root.name == "List")
        #expect(root.children("Key").map(\.text) == ["a & b<>\"'A한", ""])
        #expect(root.text("Empty") == "" && root.text("Other") == nil && root.text == "")
    }

    @Test(
        "What is not plain XML is refused",
        arguments: [
            "", "x", "<a>", "<a></b>", "</a>", "<a/><b/>", "<a>&nbsp;</a>", "<a>&amp</a>", "<a>&#0;</a>",
            "<a>&#xd800;</a>",
            "<a>&#x110000;</a>", "<a>&#-65;</a>", "<a b=c/>", "<a b=\"<\"/>", "<a b/>", "<a\u{0}/>", "<a>\u{1}</a>",
            "<!DOCTYPE a><a/>", "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "<a><![CDATA[x]]></a>", "<a><?php ?></a>",
            "<a", "<a b=\"", "<1/>", "<a><!-- </a>", "<a b=\"1\"c=\"2\"/>",
        ])
    func refuses(_ text: String) {
        #expect(throws: XMLParser.Malformed.self) { try Self.parse(text) }
    }

    @Test("Depth, length and the number of elements are limited")
    func limits() {
        let deep = String(repeating: "<a>", count: 17) + String(repeating: "</a>", count: 17)
        #expect(throws: XMLParser.Malformed.self) { try Self.parse(deep) }
        let many = "<a>" + String(repeating: "<b/>", count: 100_000) + "</a>"
        #expect(throws: XMLParser.Malformed.self) { try Self.parse(many) }
        #expect(throws: XMLParser.Malformed.self) {
            try XMLParser.parse(Array("<a>12345</a>".utf8), XMLParser.Limits(bytes: 11))
        }
        #expect(throws: XMLParser.Malformed.self) {
            try XMLParser.parse([0x3c, 0x61, 0x3e, 0xff, 0x3c, 0x2f, 0x61, 0x3e])
        }
    }

    @Test("Any key comes back from the text that is sent")
    func escapes() throws {
        let key = "<a>&\"'한 🩻"
        #expect(try Self.parse("<K>\(XMLText.escaped(key))</K>").text == key)
    }

    @Test("A page leaves out keys that could not be ours, and counts them")
    func page() throws {
        let page = try S3Answer.page(
            Self.parse(
                """
                <ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t/1</NextContinuationToken>
                <Contents><Key>a/b</Key><Size>3</Size><ETag>&quot;x&quot;</ETag>
                <LastModified>2026-11-21T10:00:00.000Z</LastModified></Contents>
                <Contents><Key>a//b</Key><Size>3</Size></Contents><Contents><Key>../x</Key><Size>3</Size></Contents>
                <Contents><Key>folder/</Key><Size>0</Size></Contents>
                <CommonPrefixes><Prefix>c/</Prefix></CommonPrefixes></ListBucketResult>
                """))
        #expect(page.objects.map(\.key.description) == ["a/b"] && page.objects[0].entityTag == "x")
        #expect(page.folders.map(\.description) == ["c/"])
        #expect(page.skipped == 3 && page.continuation == "t/1")
    }

    @Test(
        "A list without sizes, or one that goes on nowhere, is malformed",
        arguments: [
            "<L><Contents><Key>a</Key></Contents></L>", "<L><Contents><Key>a</Key><Size>-1</Size></Contents></L>",
            "<L><IsTruncated>true</IsTruncated></L>",
        ])
    func malformedPages(_ text: String) {
        #expect(throws: ObjectError.self) { try S3Answer.page(Self.parse(text)) }
    }

    @Test(
        "Content ranges",
        arguments: [
            ("bytes 0-99/1000", 0..<100, 1000), ("bytes 5-5/6", 5..<6, 6),
        ])
    func contentRanges(_ text: String, _ range: Range<Int>, _ size: Int) throws {
        let read = try #require(S3Answer.contentRange(text))
        #expect(read.range == range && read.size == size)
    }

    @Test(
        "Other content ranges are refused",
        arguments: ["", "bytes */10", "bytes 5-4/10", "bytes 0-10/10", "items 0-1/2"])
    func badContentRanges(_ text: String) {
        #expect(S3Answer.contentRange(text) == nil)
    }
}

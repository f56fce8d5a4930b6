import Testing

@testable import Telemetry

@Suite("Request ids")
struct RequestIDTests {
    @Test("Ours are 26 letters and digits and come back as they went")
    func generated() {
        let source = RandomIDs()
        var seen: Set<String> = []
        for _ in 0..<1000 {
            let id = RequestID(from: source)
            let text = id.description
            #expect(text.utf8.count == 26)
            #expect(text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) })
            #expect(RequestID(validating: text) == id)
            seen.insert(text)
        }
        #expect(seen.count == 1000)
    }

    @Test(
        "All 128 bits are in the text",
        arguments: [
            (UInt64(0), UInt64(0), "00000000000000000000000000"),
            (0, 1, "00000000000000000000000001"),
            (1, 0, "0000000000000g000000000000"),
            (.max, .max, "7zzzzzzzzzzzzzzzzzzzzzzzzz"),
            (1 << 63, 0, "40000000000000000000000000"),
        ])
    func bits(high: UInt64, low: UInt64, expected: String) {
        #expect(RequestID(from: FixedIDs(high: high, low: low)).description == expected)
    }

    @Test(
        "A caller's own id is kept as it is",
        arguments: [
            "abcdefgh", "A-b_9-xyz", String(repeating: "a", count: 64), "7zzzzzzzzzzzzzzzzzzzzzzzzz",
            "8zzzzzzzzzzzzzzzzzzzzzzzzz", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "0af7651916cd43dd8448eb211c80319c",
        ])
    func accepted(text: String) {
        #expect(RequestID(validating: text)?.description == text)
        #expect(RequestID(validating: Array(text.utf8))?.description == text)
        var bytes: [UInt8] = []
        RequestID(validating: text)?.write(into: &bytes)
        #expect(bytes == Array(text.utf8))
    }

    @Test(
        "Anything else is refused",
        arguments: [
            "", "short77", String(repeating: "a", count: 65), "with space", "new\nline1", "quote\"12", "ünïcödé1",
            "semi;colon", "path/like",
        ])
    func refused(text: String) {
        #expect(RequestID(validating: text) == nil)
        #expect(RequestID(validating: Array(text.utf8)) == nil)
    }

    @Test("Ids from many threads do not repeat")
    func concurrent() async {
        let source = RandomIDs()
        let ids = await withTaskGroup(of: [RequestID].self) { group in
            for _ in 0..<8 { group.addTask { (0..<2000).map { _ in RequestID(from: source) } } }
            return await group.reduce(into: Set<RequestID>()) { $0.formUnion($1) }
        }
        #expect(ids.count == 16_000)
    }

    @Test("Differently seeded sources share no ids")
    func seeds() {
        let first = RandomIDs()
        let second = RandomIDs()
        #expect((0..<100).allSatisfy { _ in first.next64() != second.next64() })
    }
}

struct FixedIDs: IDSource {
    var high: UInt64 = 0
    var low: UInt64 = 0

    func next64() -> UInt64 { low }
    func next128() -> (high: UInt64, low: UInt64) { (high, low) }
}

import JSON
import Testing

@Suite("UUIDs")
struct UUIDTests {
    @Test("A UUID is read in either case and written in lower case")
    func text() throws {
        let id = try #require(UUID("0190163D-8694-739b-aea5-966c26f8ad91"))
        #expect(id.description == "0190163d-8694-739b-aea5-966c26f8ad91")
        #expect(id.high == 0x0190_163d_8694_739b)
        #expect(id.low == 0xaea5_966c_26f8_ad91)
        let json = try JSONWriter().encode([id])
        #expect(String(decoding: json, as: UTF8.self) == #"["0190163d-8694-739b-aea5-966c26f8ad91"]"#)
        let back = try JSONReader().decode([UUID].self, from: json)
        #expect(back == [id])
    }

    @Test(
        "What is not a UUID is refused",
        arguments: [
            "", "0190163d8694739baea5966c26f8ad91", "0190163d-8694-739b-aea5-966c26f8ad9",
            "{190163d-8694-739b-aea5-966c26f8ad91",
            "0190163d-8694-739b-aea5-966c26f8ad91 ", "0190163g-8694-739b-aea5-966c26f8ad91",
            "0190163d-8694-739b-aea5_966c26f8ad91",
        ])
    func malformed(text: String) {
        #expect(UUID(text) == nil)
    }

    @Test("One that is made says its version and sorts by its time")
    func made() {
        let early = UUID(at: Timestamp(seconds: 1_700_000_000), random: (.max, .max))
        let late = UUID(at: Timestamp(microseconds: 1_700_000_000_001_000), random: (0, 0))
        #expect(early < late)
        #expect(late.description == "018bcfe5-6801-7000-8000-000000000000")
        #expect(early.description == "018bcfe5-6800-7fff-bfff-ffffffffffff")
        #expect(UUID() != UUID())
    }
}

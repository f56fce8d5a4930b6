import JSON
import Testing

@testable import Objects

@Suite("The date of a signature")
struct SigningDateTests {
    @Test("Every day is spelt as the calendar has it")
    func days() {
        for day in stride(from: -1_000, through: 60_000, by: 1) {
            let time = Timestamp(seconds: Int64(day) * 86_400 + Int64((day % 1000 + 1000) * 43))
            let expected = time.description.prefix(19).filter { $0 != "-" && $0 != ":" } + "Z"
            let date = SigningDate(time)
            #expect(String(decoding: date.text, as: UTF8.self) == expected)
            #expect(SigningDate(expected) == date)
        }
    }

    @Test(
        "What is no date is refused",
        arguments: [
            "", "20261121", "20261121T101112", "20261121T101112z", "20260230T101112Z", "20261121T241112Z",
            "2026112 T101112Z",
            "+0261121T101112Z", "20261121T101112ZZ",
        ])
    func refused(_ text: String) {
        #expect(SigningDate(text) == nil)
    }
}

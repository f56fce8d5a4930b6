import Testing

@testable import HTTP

@Suite("The limits of multipart bodies")
struct MultipartLimitsTests {
    private static let limits: MultipartLimits = {
        var limits = MultipartLimits()
        limits.parts = 3
        limits.headerBytes = 100
        limits.nameBytes = 10
        limits.filenameBytes = 12
        limits.partBytes = 20
        return limits
    }()

    private static func letters(_ count: Int) -> String { String(repeating: "a", count: count) }

    private static func part(_ disposition: String = "name=a", more: String = "", _ data: String = "1") -> String {
        "--b\r\nContent-Disposition: form-data; \(disposition)\r\n\(more)\r\n\(data)\r\n"
    }

    /// At a limit, nil; one beyond it, the code of the refusal.
    private static let cases: [(String, String?)] = [
        (String(repeating: part(), count: 3), nil),
        (String(repeating: part(), count: 4), "too_many_parts"),
        (part("name=\(letters(10))"), nil),
        (part("name=\(letters(11))"), "part_name_too_long"),
        (part("name=\"ééééé\""), nil),
        (part("name=\"éééééa\""), "part_name_too_long"),
        (part("name=a; filename=\(letters(12))"), nil),
        (part("name=a; filename=\(letters(13))"), "filename_too_long"),
        (part("name=a; filename*=utf-8''\(String(repeating: "%41", count: 12))"), nil),
        (part("name=a; filename*=utf-8''\(String(repeating: "%41", count: 13))"), "filename_too_long"),
        (part(letters: 20), nil),
        (part(letters: 21), "part_too_large"),
        (part(letters: 20) + part(letters: 20), nil),
        (part("name=a", "\r\n--" + letters(16)), nil),
        (part("name=a", "\r\n--b" + letters(16)), "part_too_large"),
        (part(more: "X: \(letters(53))\r\n"), nil),
        (part(more: "X: \(letters(54))\r\n"), "part_header_too_large"),
        (part(more: "X: \(letters(9000))"), "part_header_too_large"),
    ]

    private static func part(letters count: Int) -> String { part("name=a", letters(count)) }

    @Test("at a limit a body is read, beyond it it is refused, however it is cut", arguments: cases)
    func limits(text: String, code: String?) {
        let bytes = Array((text + "--b--\r\n").utf8)
        for step in [1, 2, 7, bytes.count] {
            let ends = Array(stride(from: step, to: bytes.count, by: step)) + [bytes.count]
            let found = multipartOutcome(of: bytes, inPieces: ends, limits: Self.limits)
            switch found {
            case .parts: #expect(code == nil, "in steps of \(step)")
            case .refused(let status, let foundCode):
                #expect(status == 413 && foundCode == code, "in steps of \(step)")
            }
        }
    }

    @Test("the limits that nobody chose are there")
    func usualLimits() {
        let limits = MultipartLimits()
        #expect(limits.parts == 100 && limits.headerBytes == 8192 && limits.memoryBytesPerPart == 65536)
        let many = Array((String(repeating: Self.part(), count: 101) + "--b--").utf8)
        #expect(multipartOutcome(of: many, inPieces: [many.count]) == .refused(413, "too_many_parts"))
    }
}

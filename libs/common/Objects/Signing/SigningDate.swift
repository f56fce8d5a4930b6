import JSON

/// The instant of a signature as SigV4 writes it: `20150830T123600Z`.
struct SigningDate: Sendable, Equatable {
    let seconds: Int64
    /// 16 bytes.
    let text: [UInt8]

    init(_ time: Timestamp) {
        seconds = time.seconds
        // 2015-08-30T12:36:00.000000Z
        text =
            time.description.utf8.prefix(19).filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: ":") }
            + [UInt8(ascii: "Z")]
    }

    /// Nil unless it is a date of that form that exists.
    init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 16, bytes[8] == UInt8(ascii: "T"), bytes[15] == UInt8(ascii: "Z") else { return nil }
        func part(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
        let spelt = "\(part(0..<4))-\(part(4..<6))-\(part(6..<8))T\(part(9..<11)):\(part(11..<13)):\(part(13..<15))Z"
        guard let time = Timestamp(spelt) else { return nil }
        seconds = time.seconds
        self.text = bytes
    }

    /// `20150830`
    var day: ArraySlice<UInt8> { text[..<8] }

    var time: Timestamp { Timestamp(seconds: seconds) }
}

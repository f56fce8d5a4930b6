import JSON

/// The instant of a signature as SigV4 writes it: `20150830T123600Z`.
struct SigningDate: Sendable, Equatable {
    let seconds: Int64
    /// 16 bytes.
    let text: [UInt8]

    init(_ time: Timestamp) {
        seconds = time.seconds
        text = Self.text(seconds)
    }

    private static func text(_ seconds: Int64) -> [UInt8] {
        let day = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        let time = seconds - day * 86_400
        // Days since 0000-03-01, from where the leap day is a year's last: so the months need no table.
        let days = day + 719_468
        let era = (days >= 0 ? days : days - 146_096) / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let year = yearOfEra + era * 400 + (month >= 10 ? 1 : 0)
        var text: [UInt8] = []
        text.reserveCapacity(16)
        append(year / 100, to: &text)
        append(year % 100, to: &text)
        append(month < 10 ? month + 3 : month - 9, to: &text)
        append(dayOfYear - (153 * month + 2) / 5 + 1, to: &text)
        text.append(UInt8(ascii: "T"))
        append(time / 3600, to: &text)
        append(time / 60 % 60, to: &text)
        append(time % 60, to: &text)
        text.append(UInt8(ascii: "Z"))
        return text
    }

    private static func append(_ number: Int64, to text: inout [UInt8]) {
        text.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / 10 % 10))
        text.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10))
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

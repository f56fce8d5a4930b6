extension Timestamp {
    static let expected = "a time such as \"2025-10-23T04:26:30.477643Z\""

    /// Reads RFC 3339: any offset, up to nine digits of a second (those beyond the microsecond are cut off), real days
    /// and times alone. Leap seconds are refused: whether one was real cannot be told from the text.
    public init?(_ text: String) {
        var text = text
        guard let timestamp = text.withUTF8(Timestamp.init(rfc3339:)) else { return nil }
        self = timestamp
    }

    init?(rfc3339 bytes: UnsafeBufferPointer<UInt8>) {
        var text = Cursor(bytes: bytes)
        guard let year = text.number(digits: 4), text.skip("-"), let month = text.number(digits: 2), text.skip("-"),
            let day = text.number(digits: 2), let date = CivilDate(year: year, month: month, day: day),
            text.skip("T") || text.skip("t"),
            let hour = text.number(digits: 2), hour < 24, text.skip(":"),
            let minute = text.number(digits: 2), minute < 60, text.skip(":"),
            let second = text.number(digits: 2), second < 60,
            let fraction = text.fraction(), let offset = text.offset(), text.isAtEnd
        else { return nil }
        let seconds = date.daysSince1970 * 86_400 + hour * 3600 + minute * 60 + second - offset
        microseconds = seconds * 1_000_000 + fraction
        guard Timestamp.writable.contains(microseconds) else { return nil }
    }

    /// From year 0 to year 9999, the years that RFC 3339 can spell.
    static let writable = -62_167_219_200_000_000..<253_402_300_800_000_000 as Range<Int64>
}

/// Takes a text apart from the left.
private struct Cursor {
    let bytes: UnsafeBufferPointer<UInt8>
    var position = 0

    var isAtEnd: Bool { position == bytes.count }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    mutating func digit() -> Int64? {
        guard position < bytes.count, isDigit(bytes[position]) else { return nil }
        position += 1
        return Int64(bytes[position - 1] - UInt8(ascii: "0"))
    }

    mutating func number(digits: Int) -> Int64? {
        var number: Int64 = 0
        for _ in 0..<digits {
            guard let digit = digit() else { return nil }
            number = number * 10 + digit
        }
        return number
    }

    /// Microseconds.
    mutating func fraction() -> Int64? {
        guard skip(".") else { return 0 }
        var fraction: Int64 = 0
        var digits = 0
        while let digit = digit() {
            digits += 1
            if digits <= 6 { fraction = fraction * 10 + digit }
        }
        guard 1...9 ~= digits else { return nil }
        for _ in min(digits, 6)..<6 { fraction *= 10 }
        return fraction
    }

    /// Seconds that local time is ahead of UTC.
    mutating func offset() -> Int64? {
        if skip("Z") || skip("z") { return 0 }
        let isBehind = skip("-")
        guard isBehind || skip("+"), let hours = number(digits: 2), hours < 24, skip(":"),
            let minutes = number(digits: 2), minutes < 60
        else { return nil }
        return (hours * 3600 + minutes * 60) * (isBehind ? -1 : 1)
    }
}

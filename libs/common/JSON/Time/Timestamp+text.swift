extension Timestamp: CustomStringConvertible {
    /// `2025-10-23T04:26:30.477643Z`
    public var description: String {
        text(separator: "T", suffix: "Z")
    }

    /// `2025-10-23 04:26:30.569119 UTC`, the spelling that some clients were written against.
    public var spacedDescription: String {
        text(separator: " ", suffix: " UTC")
    }

    private func text(separator: Unicode.Scalar, suffix: StaticString) -> String {
        let suffixBytes = UnsafeBufferPointer(start: suffix.utf8Start, count: suffix.utf8CodeUnitCount)
        return String(unsafeUninitializedCapacity: Timestamp.textLength + 4 + suffixBytes.count) { bytes in
            let length = write(to: bytes.baseAddress!, separator: UInt8(ascii: separator))
            (bytes.baseAddress! + length).initialize(from: suffixBytes.baseAddress!, count: suffixBytes.count)
            return length + suffixBytes.count
        }
    }

    /// Bytes of `2025-10-23T04:26:30.477643`. Years beyond 9999 or before 0 take up to four more.
    static let textLength = 26

    /// Writes the text up to the microseconds and returns its length; there must be room for `textLength + 4`.
    func write(to bytes: UnsafeMutablePointer<UInt8>, separator: UInt8) -> Int {
        var place = 0
        func put(_ byte: UInt8) {
            bytes[place] = byte
            place += 1
        }
        func put(_ number: Int64, digits: Int) {
            var rest = number
            for offset in (0..<digits).reversed() {
                bytes[place + offset] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            }
            place += digits
        }

        let (seconds, fraction) = microseconds.flooredDivision(by: 1_000_000)
        let (days, time) = seconds.flooredDivision(by: 86_400)
        let date = CivilDate(daysSince1970: days)
        if date.year < 0 { put(UInt8(ascii: "-")) }
        put(abs(date.year), digits: abs(date.year) > 9999 ? 6 : 4)
        put(UInt8(ascii: "-"))
        put(date.month, digits: 2)
        put(UInt8(ascii: "-"))
        put(date.day, digits: 2)
        put(separator)
        put(time / 3600, digits: 2)
        put(UInt8(ascii: ":"))
        put(time / 60 % 60, digits: 2)
        put(UInt8(ascii: ":"))
        put(time % 60, digits: 2)
        put(UInt8(ascii: "."))
        put(fraction, digits: 6)
        return place
    }
}

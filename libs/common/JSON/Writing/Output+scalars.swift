#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

extension Output {
    @inline(__always)
    func writeNull() { write(literal: 0x6C6C_756E, length: 4) }

    @inline(__always)
    func write(_ value: Bool) {
        if value { write(literal: 0x6575_7274, length: 4) } else { write(literal: 0x65_736C_6166, length: 5) }
    }

    /// Up to eight ASCII letters as one little-endian word.
    @inline(__always)
    private func write(literal: UInt64, length: Int) {
        UnsafeMutableRawPointer(reserve(8)).storeBytes(of: literal.littleEndian, as: UInt64.self)
        advance(by: length)
    }

    @inline(__always)
    func write<I: FixedWidthInteger>(_ value: I) {
        let place = reserve(DecimalDigits.longestInteger)
        let negative = value < 0
        if negative { place.pointee = UInt8(ascii: "-") }
        let sign = negative ? 1 : 0
        advance(by: sign + DecimalDigits.write(UInt64(truncatingIfNeeded: value.magnitude), to: place + sign))
    }

    /// The fewest digits that read back as the same double.
    func write(_ value: Double) throws(JSONError) {
        let written = DecimalDigits.writeShort(value, to: reserve(DecimalDigits.longestShortDouble))
        if written > 0 { return advance(by: written) }
        guard value.isFinite else { throw notANumber(value) }
        write(ascii: value.description)
    }

    func write(_ value: Float) throws(JSONError) {
        guard value.isFinite else { throw notANumber(Double(value)) }
        write(ascii: value.description)
    }

    func write(_ value: Timestamp) throws(JSONError) {
        guard Timestamp.writable.contains(value.microseconds) else {
            throw fail(.invalidValue, "a time outside the years 0 to 9999")
        }
        let place = reserve(Timestamp.textLength + 7)
        place[0] = UInt8(ascii: "\"")
        let length = value.write(to: place + 1, separator: UInt8(ascii: "T"))
        place[length + 1] = UInt8(ascii: "Z")
        place[length + 2] = UInt8(ascii: "\"")
        advance(by: length + 3)
    }

    /// Text that needs neither quotes nor escapes.
    func write(ascii text: String) {
        var text = text
        text.withUTF8 { bytes in
            guard let start = bytes.baseAddress else { return }
            memcpy(reserve(bytes.count), start, bytes.count)
            advance(by: bytes.count)
        }
    }

    private func notANumber(_ value: Double) -> JSONError {
        fail(.invalidValue, "JSON has no number for \(value)")
    }
}

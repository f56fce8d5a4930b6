import CLinux
import Glibc

/// A moment, in nanoseconds since 1970 in UTC.
public struct UnixTime: Sendable, Hashable, Comparable {
    public var nanoseconds: Int64

    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    public init(seconds: Int64) { nanoseconds = seconds.multipliedReportingOverflow(by: 1_000_000_000).partialValue }

    @Sendable
    public static func now() -> UnixTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return UnixTime(nanoseconds: Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec))
    }

    public static func < (left: UnixTime, right: UnixTime) -> Bool { left.nanoseconds < right.nanoseconds }
}

extension UnixTime: CustomStringConvertible {
    /// RFC 3339 in UTC with microseconds, as `2025-10-23T04:26:30.477643Z`.
    public var description: String {
        var bytes: [UInt8] = []
        write(into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends the RFC 3339 form.
    public func write(into bytes: inout [UInt8]) {
        let date = civil
        bytes.append(upTo: 27) { text in
            writeDecimal(date.year, digits: 4, at: 0, into: text)
            writeDecimal(date.month, digits: 2, at: 5, into: text)
            writeDecimal(date.day, digits: 2, at: 8, into: text)
            writeClock(date, at: 11, into: text)
            writeDecimal(date.nanosecond / 1000, digits: 6, at: 20, into: text)
            text[4] = UInt8(ascii: "-")
            text[7] = UInt8(ascii: "-")
            text[10] = UInt8(ascii: "T")
            text[26] = UInt8(ascii: "Z")
            return 0..<27
        }
    }

    /// Appends the time of day with milliseconds, for people.
    func writeTimeOfDay(into bytes: inout [UInt8]) {
        let date = civil
        bytes.append(upTo: 12) { text in
            writeClock(date, at: 0, into: text)
            writeDecimal(date.nanosecond / 1_000_000, digits: 3, at: 9, into: text)
            return 0..<12
        }
    }
}

/// Writes `04:26:30.`
private func writeClock(_ date: CivilTime, at start: Int, into text: UnsafeMutableBufferPointer<UInt8>) {
    writeDecimal(date.hour, digits: 2, at: start, into: text)
    writeDecimal(date.minute, digits: 2, at: start + 3, into: text)
    writeDecimal(date.second, digits: 2, at: start + 6, into: text)
    text[start + 2] = UInt8(ascii: ":")
    text[start + 5] = UInt8(ascii: ":")
    text[start + 8] = UInt8(ascii: ".")
}

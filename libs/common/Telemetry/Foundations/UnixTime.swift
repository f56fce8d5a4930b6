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
        bytes.append(decimal: date.year, digits: 4)
        bytes.append(UInt8(ascii: "-"))
        bytes.append(decimal: date.month, digits: 2)
        bytes.append(UInt8(ascii: "-"))
        bytes.append(decimal: date.day, digits: 2)
        bytes.append(UInt8(ascii: "T"))
        writeClock(date, fraction: 6, into: &bytes)
        bytes.append(UInt8(ascii: "Z"))
    }

    func writeClock(_ date: CivilTime, fraction: Int, into bytes: inout [UInt8]) {
        bytes.append(decimal: date.hour, digits: 2)
        bytes.append(UInt8(ascii: ":"))
        bytes.append(decimal: date.minute, digits: 2)
        bytes.append(UInt8(ascii: ":"))
        bytes.append(decimal: date.second, digits: 2)
        bytes.append(UInt8(ascii: "."))
        let divisor = fraction == 3 ? 1_000_000 : 1000
        bytes.append(decimal: date.nanosecond / divisor, digits: fraction)
    }
}

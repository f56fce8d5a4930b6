#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// An instant in UTC, to the microsecond, as databases keep it; in JSON the text of RFC 3339.
public struct Timestamp: Sendable, Hashable, Comparable {
    /// Since 1970-01-01T00:00:00Z; negative before.
    public var microseconds: Int64

    public init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    public init(seconds: Int64) {
        microseconds = seconds * 1_000_000
    }

    /// What the system's clock says.
    public static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }

    /// Whole seconds since 1970, rounded down.
    public var seconds: Int64 {
        microseconds.flooredDivision(by: 1_000_000).quotient
    }

    public static func < (one: Timestamp, other: Timestamp) -> Bool {
        one.microseconds < other.microseconds
    }

    public static func + (timestamp: Timestamp, duration: Duration) -> Timestamp {
        Timestamp(microseconds: timestamp.microseconds + duration.wholeMicroseconds)
    }

    public static func - (timestamp: Timestamp, duration: Duration) -> Timestamp {
        Timestamp(microseconds: timestamp.microseconds - duration.wholeMicroseconds)
    }

    public static func - (one: Timestamp, other: Timestamp) -> Duration {
        .microseconds(one.microseconds - other.microseconds)
    }
}

extension Duration {
    fileprivate var wholeMicroseconds: Int64 {
        components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    }
}

extension Int64 {
    /// Division that rounds down, so that what remains is never negative.
    func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}

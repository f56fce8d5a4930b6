import CLinux
import Glibc

/// A point on the monotonic clock, in nanoseconds.
public struct Deadline: Comparable, Hashable, Sendable {
    public let nanoseconds: UInt64

    @inlinable
    public init(nanoseconds: UInt64) {
        self.nanoseconds = nanoseconds
    }

    /// Reads the clock. On a loop, `EventLoop.now` is cheaper and exact to one turn of the loop.
    public static var now: Deadline { Deadline(nanoseconds: clinux_monotonic_nanoseconds()) }

    public static let distantFuture = Deadline(nanoseconds: .max)

    public static func after(_ duration: Duration) -> Deadline { .now + duration }

    public static func < (a: Deadline, b: Deadline) -> Bool { a.nanoseconds < b.nanoseconds }

    /// Saturates at both ends, so that an absurd setting never traps.
    public static func + (deadline: Deadline, duration: Duration) -> Deadline {
        let (sum, overflow) = deadline.nanoseconds.addingReportingOverflow(duration.clampedNanoseconds)
        return Deadline(nanoseconds: overflow ? .max : sum)
    }

    @inlinable
    public static func + (deadline: Deadline, span: Nanoseconds) -> Deadline {
        let (sum, overflow) = deadline.nanoseconds.addingReportingOverflow(span.count)
        return Deadline(nanoseconds: overflow ? .max : sum)
    }

    public func duration(since earlier: Deadline) -> Duration {
        earlier >= self ? .zero : .nanoseconds(Int64(clamping: nanoseconds - earlier.nanoseconds))
    }
}

/// A span of time as one machine word: `Duration` is 128 bits of attoseconds, too slow to add on every request.
public struct Nanoseconds: Hashable, Sendable {
    public let count: UInt64

    public init(_ duration: Duration) {
        count = duration.clampedNanoseconds
    }

    @inlinable
    public init(count: UInt64) {
        self.count = count
    }
}

extension Duration {
    /// Whole nanoseconds, never negative, saturating.
    public var clampedNanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let (product, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return .max }
        let (sum, carried) = product.addingReportingOverflow(UInt64(attoseconds) / 1_000_000_000)
        return carried ? .max : sum
    }
}

import JSON
import Loop

/// A clock that stands still until a test moves it, for whatever takes its time by a closure.
public final class TestClock: Sendable {
    private let time: Locked<Timestamp>

    public init(_ time: Timestamp = Timestamp(seconds: 1_760_000_000)) {
        self.time = Locked(time)
    }

    public var now: Timestamp { time.withLock { $0 } }

    public func advance(by duration: Duration) {
        time.withLock { $0 = $0 + duration }
    }
}

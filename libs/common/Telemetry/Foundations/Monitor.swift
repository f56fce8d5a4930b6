import CLinux
import Glibc

/// State behind a lock on which threads can wait, which `Locked` cannot do.
///
/// `@unchecked Sendable`: `state` is touched only while `mutex` is held, and the two pointers never change.
final class Monitor<State: Sendable>: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var state: State

    init(_ state: State) {
        self.state = state
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    func withLock<Result>(_ body: (inout State) throws -> Result) rethrows -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&state)
    }

    /// Lets all that wait look at the state again.
    func wakeAll() { pthread_cond_broadcast(condition) }

    /// Changes the state and wakes all that wait on it.
    func change<Result>(_ body: (inout State) throws -> Result) rethrows -> Result {
        defer { wakeAll() }
        return try withLock(body)
    }

    /// Waits until `ready` returns something, and returns that; nil when the timeout passed first.
    func wait<Result>(timeout: Duration? = nil, until ready: (inout State) -> Result?) -> Result? {
        var deadline = timespec()
        if let timeout {
            let (seconds, attoseconds) = timeout.components
            let now = clinux_monotonic_nanoseconds()
            let nanoseconds = Int(now % 1_000_000_000) + Int(attoseconds / 1_000_000_000)
            deadline.tv_sec = Int(now / 1_000_000_000) + Int(min(seconds, 1 << 32)) + nanoseconds / 1_000_000_000
            deadline.tv_nsec = nanoseconds % 1_000_000_000
        }
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let result = ready(&state) { return result }
            if timeout == nil {
                pthread_cond_wait(condition, mutex)
            } else if pthread_cond_timedwait(condition, mutex, &deadline) == ETIMEDOUT {
                return ready(&state)
            }
        }
    }
}

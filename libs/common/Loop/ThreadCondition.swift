import CLinux
import Glibc

/// A condition variable with tickets: a signal between `ticket()` and `wait` is not lost.
///
/// Unchecked because the pthread objects and the counter are guarded by the mutex inside.
final class ThreadCondition: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var signals: UInt64 = 0

    init() {
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

    func ticket() -> UInt64 {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return signals
    }

    func wait(_ ticket: UInt64, until deadline: Deadline) {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        var time = timespec(
            tv_sec: Int(deadline.nanoseconds / 1_000_000_000), tv_nsec: Int(deadline.nanoseconds % 1_000_000_000))
        while signals == ticket {
            if pthread_cond_timedwait(condition, mutex, &time) != 0 { return }
        }
    }

    func signal() {
        pthread_mutex_lock(mutex)
        signals &+= 1
        pthread_mutex_unlock(mutex)
        pthread_cond_signal(condition)
    }

    func broadcast() {
        pthread_mutex_lock(mutex)
        signals &+= 1
        pthread_mutex_unlock(mutex)
        pthread_cond_broadcast(condition)
    }
}

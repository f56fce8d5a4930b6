import CLinux
import Glibc
import Synchronization

extension EventLoop {
    /// Runs until `stop`; called once, by the loop's own thread.
    func run() {
        clinux_set_current_loop(Unmanaged.passUnretained(self).toOpaque())
        defer { clinux_set_current_loop(nil) }
        let events = UnsafeMutablePointer<epoll_event>.allocate(capacity: Self.eventsPerTurn)
        defer { events.deallocate() }
        while true {
            runJobs()
            fireTimers()
            if jobs.isEmpty, closeIfStopping() { return }
            let count = clinux_epoll_wait(epoll, events, Int32(Self.eventsPerTurn), pollTimeout())
            now = .now
            guard count > 0 else { continue }
            var isWoken = false
            for index in 0..<Int(count) {
                let mark = events[index].data.u64
                guard mark != Self.wakeUpMark else {
                    isWoken = true
                    continue
                }
                let watcher = watches.pollable(
                    descriptor: Int32(truncatingIfNeeded: mark & 0xffff_ffff), generation: UInt32(mark >> 32))
                watcher?.ready(Readiness(rawValue: events[index].events))
            }
            if isWoken { takeInbox() }
        }
    }

    private func runJobs() {
        var budget = Self.jobsPerTurn
        while budget > 0, let entry = jobs.popFirst() {
            run(entry)
            budget -= 1
        }
    }

    private func fireTimers() {
        guard let earliest = timers.earliest else { return }
        if earliest > now.nanoseconds {
            // The jobs of this turn may have taken long.
            now = .now
        }
        while let fire = timers.popDue(now.nanoseconds) { fire() }
    }

    private func pollTimeout() -> Int64 {
        guard jobs.isEmpty else { return 0 }
        guard let earliest = timers.earliest else { return -1 }
        return earliest <= now.nanoseconds ? 0 : Int64(clamping: earliest - now.nanoseconds)
    }

    private func takeInbox() {
        let (newJobs, calls) = inbox.withLock { inbox in
            defer {
                inbox.jobs.removeAll(keepingCapacity: inbox.jobs.capacity <= 1024)
                inbox.calls.removeAll(keepingCapacity: inbox.calls.capacity <= 1024)
            }
            return (inbox.jobs, inbox.calls)
        }
        for job in newJobs { jobs.append(job) }
        for call in calls { call() }
    }

    /// Leaves only with an empty inbox, so that nothing accepted is lost.
    private func closeIfStopping() -> Bool {
        inbox.withLock { inbox in
            guard inbox.isStopping, inbox.jobs.isEmpty, inbox.calls.isEmpty else { return false }
            inbox.isClosed = true
            return true
        }
    }

    /// Asks the thread to end once it has nothing to do. Watches and timers that remain are abandoned.
    func stop() {
        inbox.withLock { $0.isStopping = true }
        wake()
    }
}

import CLinux
import Glibc

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
            if jobs.isEmpty, nextTurn.isEmpty, closeIfStopping() { return abandon() }
            let count = clinux_epoll_wait(epoll, events, Int32(Self.eventsPerTurn), pollTimeout())
            now = .now
            turn &+= 1
            if count > 0 { dispatch(UnsafeBufferPointer(start: events, count: Int(count))) }
            if !nextTurn.isEmpty { beginTurn() }
        }
    }

    private func dispatch(_ events: UnsafeBufferPointer<epoll_event>) {
        var isWoken = false
        for event in events {
            let mark = event.data.u64
            guard mark != Self.wakeUpMark else {
                isWoken = true
                continue
            }
            let watcher = watches.pollable(
                descriptor: Int32(truncatingIfNeeded: mark & 0xffff_ffff), generation: UInt32(mark >> 32))
            watcher?.ready(Readiness(rawValue: event.events))
        }
        if isWoken { takeInbox() }
    }

    private func beginTurn() {
        let bodies = nextTurn
        nextTurn = []
        for body in bodies { body() }
    }

    private func runJobs() {
        var budget = Self.jobsPerTurn
        while budget > 0, let entry = jobs.popFirst() {
            run(entry)
            budget -= 1
            // Reading the clock for every short job would cost a few percent of it.
            if budget % 8 == 0, Deadline.now > now + Self.jobTimePerTurn { return }
        }
    }

    private func fireTimers() {
        guard let earliest = timers.earliest else { return }
        if earliest > now.nanoseconds {
            // The jobs of this turn may have taken long.
            now = .now
        }
        // One that is armed here waits for its turn, however early its deadline: a timer that arms itself again and
        // again must not keep the loop from everything else.
        let armed = timers.mark
        while let fire = timers.popDue(now.nanoseconds, armedBefore: armed) { fire() }
    }

    private func pollTimeout() -> Int64 {
        guard jobs.isEmpty, nextTurn.isEmpty else { return 0 }
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

    /// Lets go of what will never be called, and with it of every cycle through this loop.
    private func abandon() {
        let abandoned = (watches.removeAll(), timers.removeAll())
        withExtendedLifetime(abandoned) {}
    }

    /// A loop that has ended has no thread: the one that brings work runs it, as the loop, and what others bring
    /// meanwhile. So a task that is cancelled after the end still comes to its own. Timers armed now never fire.
    func tendAfterEnd() {
        let previous = clinux_current_loop()
        clinux_set_current_loop(Unmanaged.passUnretained(self).toOpaque())
        defer { clinux_set_current_loop(previous) }
        while true {
            takeInbox()
            while let entry = jobs.popFirst() { run(entry) }
            if !nextTurn.isEmpty { beginTurn() }
            guard jobs.isEmpty, nextTurn.isEmpty else { continue }
            let isDone = inbox.withLock { inbox in
                guard inbox.jobs.isEmpty, inbox.calls.isEmpty else { return false }
                inbox.isTended = false
                return true
            }
            if isDone { return }
        }
    }
}

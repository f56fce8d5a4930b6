import Loop
import Postgres
import Telemetry

/// One attempt from its handler's start to the end of its row.
extension Worker {
    /// Between tries to write to a database that is away.
    private static let firstPause = Duration.milliseconds(50)
    private static let longestPause = Duration.seconds(2)

    func perform(_ attempt: RunningAttempt) async {
        let logger = logger.with([
            "job_id": .string("\(attempt.job.id)"), "kind": .string(attempt.job.kind),
            "attempt": .int(attempt.job.attempt),
        ])
        logger.info("job_started")
        async let attending: Void = attend(attempt, logger)
        let outcome = await handle(attempt)
        attempt.handlerIsDone()
        await attending
        queue.metrics.ran(since: attempt.began)
        await conclude(attempt, outcome, logger)
    }

    /// The handler in a task of its own, which ends early when the attempt is to stop.
    private func handle(_ attempt: RunningAttempt) async -> Result<String, any Error> {
        let context = JobContext(attempt, queue)
        return await withTaskGroup(of: Result<String, any Error>.self) { tasks in
            tasks.addTask {
                defer { attempt.stopBell.ring() }
                do { return .success(try await attempt.handler.run(context)) } catch { return .failure(error) }
            }
            await attempt.stopBell.wait(until: .distantFuture)
            tasks.cancelAll()
            return await tasks.next() ?? .failure(CancellationError())
        }
    }

    /// Writes reports and watches the clock while the handler runs.
    private func attend(_ attempt: RunningAttempt, _ logger: Logger) async {
        var warnAt: Deadline?
        // A worker whose task is cancelled is as good as killed: nothing is attended to any more.
        while !attempt.isDone, !Task.isCancelled {
            let now = Deadline.now
            if let limit = attempt.deadline, now >= limit { attempt.timeLimitReached() }
            if attempt.isStopping {
                let at = warnAt ?? now + settings.stopWarning
                if now >= at {
                    logger.warning("job_does_not_stop")
                    warnAt = .distantFuture
                } else {
                    warnAt = at
                }
                await attempt.bell.wait(until: warnAt ?? .distantFuture)
                continue
            }
            let due = attempt.reportDueAt
            if let due, now >= due {
                await report(attempt)
                continue
            }
            await attempt.bell.wait(until: min(due ?? .distantFuture, attempt.deadline ?? .distantFuture))
        }
    }

    /// Writes the next report. While the database is away it is kept for the next time, and false is answered. What
    /// the database refuses is left out: a job must not end for its log.
    @discardableResult
    private func report(_ attempt: RunningAttempt) async -> Bool {
        let (report, lastEvent) = attempt.takeReport()
        do throws(JobError) {
            let isCancelled = try await queue.report(report, after: lastEvent, of: attempt.job.lease)
            attempt.settled(report, isWritten: true)
            attempt.answered(isHeld: true, isCancelled: isCancelled)
        } catch {
            if error.isUnavailability { return false }
            attempt.settled(report, isWritten: false)
            if case .leaseLost = error {
                attempt.answered(isHeld: false, isCancelled: false)
            } else {
                logger.warning(
                    "job_report_refused",
                    ["job_id": .string("\(attempt.job.id)"), "reason": .string(error.description)])
            }
        }
        return true
    }

    /// Writes what is left to say, before the end, which closes the job's log: a report that failed and what came after
    /// it. Who talks on behind the handler's back is not heard.
    private func reportRest(_ attempt: RunningAttempt) async {
        var pause = Self.firstPause
        var left = 2
        while left > 0, attempt.stopReason != .lost, attempt.reportDueAt != nil, !Task.isCancelled {
            if await report(attempt) {
                left -= 1
                continue
            }
            if isDrainOver { return }
            try? await EventLoop.current?.sleep(for: pause)
            pause = min(pause * 2, Self.longestPause)
        }
    }

    private func conclude(_ attempt: RunningAttempt, _ outcome: Result<String, any Error>, _ logger: Logger) async {
        await reportRest(attempt)
        let succeeded = if case .success = outcome { true } else { false }
        let ending: JobEnding
        switch (attempt.conclude(succeeded: succeeded), outcome) {
        case (.abandon, _):
            queue.metrics.leasesLost.add()
            logger.warning("job_lease_lost")
            return
        case (.complete, .success(let result)): ending = .completed(result, upTo: queue.settings.resultBytes)
        case (.cancel, _): ending = .cancelled
        case (.release, _): ending = .released
        case (.timeOut, _):
            ending = .failed(JobProblem(code: "time_limit", message: "the job took longer than it may"))
        case (_, .failure(let error)):
            logger.warning("job_attempt_failed", ["reason": .string("\(error)")])
            ending = attempt.handler.ending(error, failures: attempt.job.failures, draw: .random(in: 0...1))
        case (_, .success(let result)): ending = .completed(result, upTo: queue.settings.resultBytes)
        }
        await write(ending, attempt, logger)
    }

    /// Writes the end until it is written or somebody else has the job. The lease is extended all the while.
    private func write(_ ending: JobEnding, _ attempt: RunningAttempt, _ logger: Logger) async {
        var ending = ending
        var isUncertain = false
        var pause = Self.firstPause
        while !Task.isCancelled {
            do throws(JobError) {
                count(try await queue.end(attempt.job.lease, ending), ending, logger)
                return
            } catch .leaseLost {
                if isUncertain, let state = try? await queue.endedState(attempt.job.lease) {
                    return count(state, ending, logger)
                }
                queue.metrics.leasesLost.add()
                logger.warning("job_lease_lost")
                return
            } catch {
                logger.warning("job_end_not_written", ["reason": .string(error.description)])
                if error.isUnavailability {
                    // Whoever waits for this process waits no longer: the lease runs out, and another takes the job.
                    if isDrainOver { return }
                    isUncertain = true
                } else {
                    // The database took the statement for wrong, and will again.
                    guard let simpler = ending.simpler else { return }
                    ending = simpler
                    continue
                }
                try? await EventLoop.current?.sleep(for: pause)
                pause = min(pause * 2, Self.longestPause)
            }
        }
    }

    private func count(_ state: JobState, _ ending: JobEnding, _ logger: Logger) {
        switch state {
        case .completed: queue.metrics.completed.add()
        case .failed: queue.metrics.failed.add()
        case .cancelled: queue.metrics.cancelled.add()
        case .queued, .running: if ending != .released { queue.metrics.retried.add() }
        }
        logger.info("job_ended", ["state": .string(state.rawValue)])
    }
}

extension JobQueue {
    /// The state that a lease's own end left, when its answer was lost; nil when the job is another's now.
    func endedState(_ lease: ClaimedJob.Lease) async throws(JobError) -> JobState? {
        let rows = try await run(
            "SELECT state FROM jobs WHERE id = \(lease.id) AND ended_token = \(lease.token)")
        guard let row = rows.first else { return nil }
        return try row.cell("state")
    }
}

import HTTP
import JSON
import Loop
import Telemetry

/// Sends the callbacks that jobs leave behind: at least once each, signed, tried again with growing pauses for a day.
///
/// Any number of processes may send; each takes its share. A receiver tells repetitions by `webhook-id`.
public final class CallbackSender: Sendable {
    private let queue: JobQueue
    private let settings: CallbackSettings
    private let signer: CallbackSigner
    private let client: OutgoingClient
    private let bell = Doorbell()
    private let shared = Locked(Shared())

    private struct Shared {
        var perHost: [String: Int] = [:]
        var running = 0
        var isDraining = false
    }

    public init(_ queue: JobQueue, settings: CallbackSettings = CallbackSettings(), signer: CallbackSigner) {
        self.queue = queue
        self.settings = settings
        self.signer = signer
        var outgoing = OutgoingSettings(rules: settings.rules)
        outgoing.timeouts = ClientTimeouts(
            connect: settings.timeout, firstByte: settings.timeout, total: settings.timeout)
        outgoing.limits.bodyBytes = Self.answerBytes
        outgoing.limits.connections = settings.concurrency
        client = OutgoingClient(settings: outgoing)
    }

    /// Nothing in an answer's body matters; so much of it is read for the connection to be used again.
    private static let answerBytes = 64 * 1024

    /// Takes no more callbacks; `run` returns when those under way have their outcome.
    public func drain() {
        shared.withLock { $0.isDraining = true }
        bell.ring()
    }

    /// Sends until `drain`.
    public func run() async {
        guard EventLoop.current != nil else {
            return await Task(executorPreference: queue.loops.nextLoop()) { await self.run() }.value
        }
        await withDiscardingTaskGroup { tasks in
            while !Task.isCancelled {
                let (free, perHost, isDraining) = shared.withLock { shared in
                    (settings.concurrency - shared.running, shared.perHost, shared.isDraining)
                }
                if isDraining { return }
                let taken = free > 0 ? await claim(free, running: perHost) : []
                for callback in taken { start(callback, in: &tasks) }
                // What was taken may have been kept low by the share of one host, with others behind it.
                if taken.isEmpty {
                    await bell.wait(until: .now + settings.pollInterval * Double.random(in: 0.75...1.25))
                }
            }
        }
        client.shutDown()
    }

    private func claim(_ count: Int, running perHost: [String: Int]) async -> [ClaimedCallback] {
        do throws(JobError) {
            return try await queue.claimCallbacks(
                count, perHost: settings.perHost, running: perHost, lease: settings.timeout * 2,
                lifetime: settings.lifetime)
        } catch {
            queue.logger.warning("job_callbacks_unavailable", ["reason": .string("\(error)")])
            return []
        }
    }

    private func start(_ callback: ClaimedCallback, in tasks: inout DiscardingTaskGroup) {
        shared.withLock { shared in
            shared.running += 1
            shared.perHost[callback.host, default: 0] += 1
        }
        tasks.addTask {
            let verdict = await self.deliver(callback)
            await self.note(verdict, callback)
            self.shared.withLock { shared in
                shared.running -= 1
                let left = (shared.perHost[callback.host] ?? 1) - 1
                shared.perHost[callback.host] = left > 0 ? left : nil
            }
            self.bell.ring()
        }
    }

    private func deliver(_ callback: ClaimedCallback) async -> CallbackVerdict {
        var headers: Headers
        do {
            headers = try signer.sign("\(callback.id)", Timestamp.now.seconds, callback.body)
        } catch {
            return .again("it cannot be signed: \(error)", after: nil)
        }
        headers["content-type"] = "application/json"
        var request = OutgoingRequest(.post, callback.url, headers: headers, body: .bytes(callback.body))
        // Whoever gets it twice can tell.
        request.isRepeatable = true
        do throws(ClientError) {
            let answer = try await client.send(request)
            _ = try? await answer.body.collect(upTo: Self.answerBytes)
            return .of(answer.status, retryAfter: answer.headers["retry-after"])
        } catch {
            return .of(error)
        }
    }

    private func note(_ verdict: CallbackVerdict, _ callback: ClaimedCallback) async {
        var verdict = verdict
        if callback.isLast, case .again(let problem, _) = verdict { verdict = .dead(problem) }
        var pause = settings.retry.delay(afterFailures: callback.attempts, draw: .random(in: 0...1))
        switch verdict {
        case .delivered: queue.metrics.callbacksDelivered.add()
        case .again(_, let asked):
            queue.metrics.callbacksFailed.add()
            if let asked { pause = max(pause, asked) }
        case .dead(let problem):
            queue.metrics.callbacksDead.add()
            queue.logger.warning(
                "job_callback_dead", ["callback_id": .string("\(callback.id)"), "reason": .string(problem)])
        }
        // Without the note it is sent once more when the lease is over.
        do throws(JobError) {
            try await queue.note(verdict, of: callback, next: pause)
        } catch {
            queue.logger.warning("job_callback_not_noted", ["reason": .string("\(error)")])
        }
    }
}

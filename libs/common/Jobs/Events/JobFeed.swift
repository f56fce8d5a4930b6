import HTTP
import JSON
import Loop
import Postgres
import Telemetry

/// The events of one job as they happen, from the one after `seq` to the end: each once, in order, none left out,
/// whatever becomes of the connection in between.
///
/// What is read is the rows; what is heard says only when to look. Without a word it looks from time to time.
struct JobFeed: AsyncSequence, Sendable {
    typealias Element = ServerSentEvent

    let queue: JobQueue
    let job: UUID
    let seq: Int
    /// Gone with the last copy of the feed.
    let seat: JobStreamSeats.Seat

    /// A watcher's word stands for so long.
    static let watchTime = Duration.seconds(60)
    static let batch = 500

    func makeAsyncIterator() -> Iterator { Iterator(self) }

    final class Iterator: AsyncIteratorProtocol {
        private let feed: JobFeed
        private let bell = Doorbell()
        private let watcher = UUID()
        private let ear: Int
        private var seq: Int
        private var ready: ArraySlice<JobEvent> = []
        private var endsWithEnd = false
        private var isOver = false
        private var watchedUntil = Deadline(nanoseconds: 0)

        init(_ feed: JobFeed) {
            self.feed = feed
            seq = feed.seq
            let (bell, job) = (bell, feed.job)
            ear = feed.queue.signals.hear { signal in
                if signal == .event(job) || signal == .reconnected { bell.ring() }
            }
        }

        deinit {
            feed.queue.signals.forget(ear)
        }

        func next() async throws -> ServerSentEvent? {
            while ready.isEmpty {
                if isOver { return nil }
                try Task.checkCancellation()
                if let found = await look() {
                    ready = found[...]
                    if let last = found.last { endsWithEnd = last.type == .end }
                    // The end is the last event there is only if the job has not been taken up again.
                    isOver = found.count < JobFeed.batch && endsWithEnd
                    if isOver || !found.isEmpty { continue }
                }
                await bell.wait(until: .now + feed.queue.settings.pollInterval * Double.random(in: 0.75...1.25))
            }
            let event = ready.removeFirst()
            seq = event.seq
            return try ServerSentEvent(event)
        }

        /// Nil while the database is away: the client keeps its stream.
        private func look() async -> [JobEvent]? {
            let queue = feed.queue
            do throws(JobError) {
                if Deadline.now >= watchedUntil {
                    try await queue.watch(feed.job, by: watcher, for: JobFeed.watchTime)
                    watchedUntil = .now + JobFeed.watchTime / 2
                }
                return try await queue.events(of: feed.job, after: seq, limit: JobFeed.batch)
            } catch {
                return nil
            }
        }
    }
}

extension ServerSentEvent {
    init(_ event: JobEvent) throws {
        var data = JSONObject()
        if case .object(let object) = event.data { data = object }
        data["at"] = .string("\(event.at)")
        let bytes = try JSONValue.object(data).serialise()
        self.init(id: "\(event.seq)", event: event.type.rawValue, data: String(decoding: bytes, as: UTF8.self))
    }
}

/// How many streams each caller has open.
final class JobStreamSeats: Sendable {
    private let taken = Locked<[String: Int]>([:])
    private let limit: Int
    private let metrics: JobMetrics

    init(limit: Int, metrics: JobMetrics) {
        self.limit = limit
        self.metrics = metrics
    }

    /// Kept for as long as the stream lives.
    final class Seat: Sendable {
        private let seats: JobStreamSeats
        private let caller: String

        init(_ seats: JobStreamSeats, _ caller: String) {
            self.seats = seats
            self.caller = caller
        }

        deinit { seats.leave(caller) }
    }

    /// Nil when the caller has as many as he may.
    func take(_ caller: String) -> Seat? {
        let isFree = taken.withLock { taken in
            guard taken[caller, default: 0] < limit else { return false }
            taken[caller, default: 0] += 1
            return true
        }
        guard isFree else { return nil }
        metrics.streams.add()
        return Seat(self, caller)
    }

    private func leave(_ caller: String) {
        metrics.streams.subtract()
        taken.withLock { taken in
            let left = (taken[caller] ?? 1) - 1
            taken[caller] = left > 0 ? left : nil
        }
    }
}

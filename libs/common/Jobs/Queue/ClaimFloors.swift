import JSON
import Loop

/// From where on a queue's claims look, one time for each priority. Pure.
///
/// What was claimed leaves dead entries in the index until it is vacuumed, and a claim that begins at its start walks over
/// all of them. So it begins a little before what was claimed last, and at the start only now and then: for jobs whose
/// transaction took long, or whose claim was undone.
struct ClaimFloors: Sendable {
    /// Transactions that put jobs in are shorter than this, nearly all.
    static let slack = Duration.seconds(1)
    static let levels = 10
    static let start = Timestamp(seconds: 0)

    private let interval: Duration
    /// By priority, the highest first.
    private var floors = [Timestamp](repeating: start, count: levels)
    private var lookFromStartAt = Deadline(nanoseconds: 0)

    init(interval: Duration) {
        self.interval = interval
    }

    /// Where the next claim begins.
    mutating func next(now: Deadline) -> (floors: [Timestamp], isFromStart: Bool) {
        guard now >= lookFromStartAt else { return (floors, false) }
        lookFromStartAt = now + interval
        return (Array(repeating: Self.start, count: Self.levels), true)
    }

    /// Nothing was found from there on: the next claim begins at the start.
    mutating func foundNothing() {
        lookFromStartAt = Deadline(nanoseconds: 0)
    }

    mutating func claimed(priority: Int, runAt: Timestamp) {
        let level = Self.levels - 1 - priority
        guard floors.indices.contains(level) else { return }
        floors[level] = max(floors[level], runAt - Self.slack)
    }
}

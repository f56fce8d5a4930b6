import JSON
import Loop

/// From where on a queue's claims look, one time for each kind and priority. Pure.
///
/// What was claimed leaves dead entries in the index until it is vacuumed, and a claim that begins at its start walks over
/// all of them. So it begins a little before what was claimed last, and at the start only now and then: for jobs whose
/// transaction took long, or whose claim was undone.
struct ClaimFloors: Sendable {
    /// Transactions that put jobs in are shorter than this, nearly all.
    static let slack = Duration.seconds(1)
    static let levels = 10
    static let start = Timestamp(seconds: 0)

    /// Those who claim the same: what one of them has taken, the others need not look for.
    struct Scope: Sendable, Hashable {
        let queue: String
        let kinds: [String]
    }

    private let interval: Duration
    private let kinds: [String]
    /// Kind by kind, of each the highest priority first.
    private var floors: [Timestamp]
    private var lookFromStartAt = Deadline(nanoseconds: 0)

    init(interval: Duration, kinds: [String]) {
        self.interval = interval
        self.kinds = kinds
        floors = Array(repeating: Self.start, count: kinds.count * Self.levels)
    }

    /// Where the next claim begins.
    mutating func next(now: Deadline) -> (floors: [Timestamp], isFromStart: Bool) {
        guard now >= lookFromStartAt else { return (floors, false) }
        lookFromStartAt = now + interval
        return (Array(repeating: Self.start, count: floors.count), true)
    }

    /// Nothing was found from there on: the next claim begins at the start.
    mutating func foundNothing() {
        lookFromStartAt = Deadline(nanoseconds: 0)
    }

    mutating func claimed(_ kind: String, priority: Int, runAt: Timestamp) {
        guard let place = kinds.firstIndex(of: kind), (0..<Self.levels).contains(priority) else { return }
        let level = place * Self.levels + Self.levels - 1 - priority
        floors[level] = max(floors[level], runAt - Self.slack)
    }
}

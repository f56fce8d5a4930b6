import Loop

/// The handshakes of one loop, in the order in which they can go on. They are the dearest thing that a stranger can ask for,
/// so they have a share of each turn, and the other connections go on beside any number of them.
final class Handshakes {
    private static let timePerTurn = Nanoseconds(.milliseconds(1))

    private let loop: EventLoop
    private var waiting: [Channel] = []
    private var next = 0
    private var isScheduled = false

    init(_ loop: EventLoop) {
        self.loop = loop
    }

    static func of(_ loop: EventLoop) -> Handshakes {
        loop.attachment(Handshakes.self) { Handshakes(loop) }
    }

    func add(_ channel: Channel) {
        waiting.append(channel)
        schedule()
    }

    private func schedule() {
        guard !isScheduled else { return }
        isScheduled = true
        loop.onNextTurn { [unowned self] in takeTurn() }
    }

    private func takeTurn() {
        isScheduled = false
        let end = Deadline.now + Self.timePerTurn
        repeat {
            waiting[next].continueHandshake()
            next += 1
        } while next < waiting.count && Deadline.now < end
        if next == waiting.count || next >= 1024 {
            waiting.removeFirst(next)
            next = 0
        }
        if !waiting.isEmpty { schedule() }
    }
}

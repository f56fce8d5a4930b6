import Loop
import Testing

@testable import Postgres

@Suite("Which connection serves which work")
struct PoolStateTests {
    final class Work: Sendable, CustomStringConvertible {
        let description: String
        init(_ name: String) { description = name }
    }

    typealias State = PoolState<Work>

    private let now = Deadline(nanoseconds: 1_000_000_000)

    private func state(_ connections: Int, pipelined: Int = 2, waiting: Int = 100) -> State {
        State(
            limits: .init(
                connections: connections, pipelined: pipelined, waiting: waiting, idleTime: .seconds(60)))
    }

    private func settle(_ state: inout State, at time: Deadline? = nil) -> [String] {
        var actions: [String] = []
        while let action = state.next(now: time ?? now) {
            switch action {
            case .connect(let index): actions.append("connect \(index)")
            case .share(let work, let index): actions.append("\(work) shares \(index)")
            case .take(let work, let index): actions.append("\(work) takes \(index)")
            }
        }
        return actions
    }

    /// A pool with connections open.
    private func open(_ count: Int, of connections: Int, pipelined: Int = 2) -> State {
        var state = state(connections, pipelined: pipelined)
        for index in 0..<count { state.opened(index, now: now) }
        return state
    }

    @Test("The first statement opens a connection and gets it")
    func first() {
        var state = state(3)
        #expect(state.share(Work("a"), now: now) == .wait)
        #expect(settle(&state) == ["connect 0"])
        state.opened(0, now: now)
        #expect(settle(&state) == ["a shares 0"])
    }

    @Test("A statement waits for a connection that is being opened rather than behind another statement")
    func growing() {
        var state = open(1, of: 2)
        #expect(state.share(Work("a"), now: now) == .connection(0))
        #expect(settle(&state) == [])
        #expect(state.share(Work("b"), now: now) == .wait)
        #expect(settle(&state) == ["connect 1"])
        state.opened(1, now: now)
        #expect(settle(&state) == ["b shares 1"])
    }

    @Test("When no more can be opened, the emptier connection is shared, up to the limit")
    func sharing() {
        var state = open(2, of: 2)
        for (name, index) in [("a", 0), ("b", 1), ("c", 0), ("d", 1)] {
            let place = state.share(Work(name), now: now)
            #expect(place == .connection(index))
        }
        #expect(state.share(Work("e"), now: now) == .wait)
        state.statementEnded(0, now: now)
        #expect(settle(&state) == ["e shares 0"])
    }

    @Test("A statement never goes behind a slow one, but waits for a quick connection")
    func slow() {
        var state = open(2, of: 2, pipelined: 10)
        _ = state.share(Work("slow"), now: now)
        let later = now + .milliseconds(30)
        for name in ["a", "b", "c"] {
            let place = state.share(Work(name), now: later)
            #expect(place == .connection(1))
        }
        let muchLater = later + .seconds(1)
        #expect(state.share(Work("d"), now: muchLater) == .wait)
        #expect(settle(&state, at: muchLater) == [])
        state.statementEnded(1, now: muchLater)
        #expect(settle(&state, at: muchLater) == ["d shares 1"])
    }

    @Test("A server that lets no more in is used through the connections that there are")
    func full() {
        var state = open(1, of: 3)
        _ = state.share(Work("a"), now: now)
        _ = state.share(Work("b"), now: now)
        #expect(settle(&state) == ["connect 1"])
        state.failed(1, now: now)
        #expect(settle(&state) == ["b shares 0"])
    }

    @Test("Work alone takes an empty connection, and never the last")
    func alone() {
        var state = open(2, of: 2)
        #expect(state.takeAlone(Work("a")) == .wait)
        #expect(settle(&state) == ["a takes 0"])
        _ = state.takeAlone(Work("b"))
        #expect(settle(&state) == [])
        #expect(state.share(Work("c"), now: now) == .connection(1))
        state.returned(0, now: now)
        #expect(settle(&state) == ["b takes 0"])
    }

    @Test("Work alone that waits has the next connection to run empty, however many statements come")
    func promised() {
        var state = open(2, of: 2)
        for name in ["a", "b", "c", "d"] {
            let place = state.share(Work(name), now: now)
            #expect(place != .wait)
        }
        _ = state.takeAlone(Work("t"))
        #expect(settle(&state) == [])
        state.statementEnded(0, now: now)
        state.statementEnded(1, now: now)
        // One of the two is promised, so new statements crowd on the other.
        let places = [state.share(Work("e"), now: now), state.share(Work("f"), now: now)]
        #expect(places.contains(.wait))
        #expect(settle(&state) == [])
        state.statementEnded(0, now: now)
        state.statementEnded(1, now: now)
        let actions = settle(&state)
        #expect(actions.contains { $0.hasPrefix("t takes") })
        #expect(state.taken == 1)
    }

    @Test("Whoever waited first is served first, and statements do not overtake those that wait")
    func order() {
        var state = open(1, of: 2, pipelined: 1)
        _ = state.share(Work("a"), now: now)
        _ = state.share(Work("b"), now: now)
        _ = state.share(Work("c"), now: now)
        #expect(settle(&state) == ["connect 1"])
        state.statementEnded(0, now: now)
        #expect(state.share(Work("d"), now: now) == .wait)
        #expect(settle(&state) == ["b shares 0"])
        state.opened(1, now: now)
        #expect(settle(&state) == ["c shares 1"])
    }

    @Test("Too much waiting is refused at once")
    func refused() {
        var state = state(2, waiting: 2)
        #expect(state.share(Work("a"), now: now) == .wait)
        #expect(state.takeAlone(Work("b")) == .wait)
        #expect(state.share(Work("c"), now: now) == .refuse)
        #expect(state.takeAlone(Work("d")) == .refuse)
    }

    @Test("After a failure there is one attempt at a time, after a pause; a success ends that")
    func backoff() {
        var state = state(4)
        for name in ["a", "b", "c"] { _ = state.takeAlone(Work(name)) }
        #expect(settle(&state).count == 3)
        for index in 0..<3 { state.failed(index, now: now) }
        #expect(state.isOut)
        #expect(settle(&state) == [])
        let later = state.retryAt!
        #expect(later > now)
        #expect(settle(&state, at: later) == ["connect 0"])
        state.opened(0, now: later)
        #expect(!state.isOut)
        #expect(settle(&state, at: later).contains("connect 1"))
    }

    @Test("Who gives up waiting is not served")
    func leaving() {
        var state = state(2)
        let (one, other) = (Work("a"), Work("b"))
        _ = state.share(one, now: now)
        _ = state.share(other, now: now)
        let left = [state.leave(one), state.leave(one)]
        #expect(left == [true, false])
        _ = settle(&state)
        state.opened(0, now: now)
        #expect(settle(&state).contains("b shares 0"))
        #expect(state.waiting == 0)
    }

    @Test("A held connection gets nothing new")
    func held() {
        var state = open(2, of: 2)
        state.hold(0, true)
        #expect(state.share(Work("a"), now: now) == .connection(1))
        _ = state.takeAlone(Work("b"))
        #expect(settle(&state) == [])
        state.hold(0, false)
        #expect(settle(&state) == ["b takes 0"])
    }

    @Test("Connections that nobody uses are closed, all but one")
    func idle() {
        var state = open(3, of: 3)
        _ = state.share(Work("a"), now: now)
        #expect(state.takeIdle(now: now + .seconds(59)) == [])
        #expect(state.takeIdle(now: now + .seconds(60)) == [1, 2])
        #expect(state.open == 1)
        state.statementEnded(0, now: now)
        #expect(state.takeIdle(now: now + .seconds(600)) == [])
    }

    @Test("A lost connection is opened again for those who wait, and its promise goes to another")
    func lost() {
        var state = open(2, of: 2)
        for name in ["a", "b"] { _ = state.share(Work(name), now: now) }
        _ = state.takeAlone(Work("t"))
        _ = settle(&state)
        state.lost(0)
        state.lost(1)
        #expect(settle(&state) == ["connect 0"])
        state.opened(0, now: now)
        state.opened(1, now: now)
        #expect(settle(&state).contains { $0.hasPrefix("t takes") })
    }

    @Test("Random events never share a taken connection nor take more than all but one")
    func random() {
        var generator = SystemRandomNumberGenerator()
        var state = state(4, pipelined: 3, waiting: 20)
        var shared = [Int](repeating: 0, count: 4)
        var isTaken = [Bool](repeating: false, count: 4)
        var connecting: Set<Int> = []
        var time = now
        for _ in 0..<20_000 {
            time = time + .milliseconds(5)
            switch Int.random(in: 0..<6, using: &generator) {
            case 0, 1: if case .connection(let index) = state.share(Work("s"), now: now) { shared[index] += 1 }
            case 2: _ = state.takeAlone(Work("t"))
            case 3:
                if let index = shared.indices.filter({ shared[$0] > 0 }).randomElement(using: &generator) {
                    shared[index] -= 1
                    state.statementEnded(index, now: time)
                }
            case 4:
                if let index = isTaken.indices.filter({ isTaken[$0] }).randomElement(using: &generator) {
                    isTaken[index] = false
                    state.returned(index, now: time)
                }
            default:
                if let index = connecting.randomElement(using: &generator) {
                    connecting.remove(index)
                    if Bool.random(using: &generator) {
                        state.opened(index, now: time)
                    } else {
                        state.failed(index, now: time)
                    }
                } else if Int.random(in: 0..<10, using: &generator) == 0 {
                    let index = Int.random(in: 0..<4, using: &generator)
                    guard !connecting.contains(index) else { break }
                    (shared[index], isTaken[index]) = (0, false)
                    state.lost(index)
                }
            }
            while let action = state.next(now: time) {
                switch action {
                case .connect(let index):
                    let isNew = connecting.insert(index).inserted
                    #expect(isNew)
                case .share(_, let index):
                    #expect(!isTaken[index])
                    shared[index] += 1
                case .take(_, let index):
                    #expect(!isTaken[index] && shared[index] == 0)
                    isTaken[index] = true
                }
            }
            #expect(isTaken.count { $0 } <= 3)
            #expect(shared.allSatisfy { $0 <= 3 })
        }
    }
}

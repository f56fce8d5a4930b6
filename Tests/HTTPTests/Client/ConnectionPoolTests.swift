import Loop
import Testing

@testable import HTTP

@Suite struct ConnectionPoolTests {
    typealias Pool = ConnectionPool<String>
    let here = Origin(host: "127.0.0.1", port: 1)
    let there = Origin(host: "127.0.0.1", port: 2)
    let now = Deadline(nanoseconds: 1000)

    func makePool(connections: Int = 2, waiting: Int = 2) -> Pool {
        Pool(
            limits: .init(
                connectionsPerOrigin: connections, waitingPerOrigin: waiting, idleTime: Nanoseconds(count: 500)))
    }

    func ticket(_ outcome: Pool.CheckOut) throws -> Pool.Ticket {
        guard case .wait(let ticket) = outcome else {
            Issue.record("\(outcome)")
            throw CancellationError()
        }
        return ticket
    }

    func reused(_ outcome: Pool.CheckOut) -> String? {
        if case .reuse(let connection) = outcome { connection } else { nil }
    }

    func connects(_ outcome: Pool.CheckOut) -> Bool {
        if case .connect = outcome { true } else { false }
    }

    func refuses(_ outcome: Pool.CheckOut) -> Bool {
        if case .refuse = outcome { true } else { false }
    }

    @Test("The connection that was used last is used first")
    func lastInFirstOut() {
        var pool = makePool()
        #expect(connects(pool.checkOut(here)))
        #expect(connects(pool.checkOut(here)))
        #expect(pool.checkIn("a", id: 1, here, now: now) == .keep(until: Deadline(nanoseconds: 1500)))
        #expect(pool.checkIn("b", id: 2, here, now: now) == .keep(until: Deadline(nanoseconds: 1500)))
        #expect(reused(pool.checkOut(here)) == "b")
        #expect(reused(pool.checkOut(here)) == "a")
    }

    @Test("Origins do not share connections or limits")
    func origins() {
        var pool = makePool(connections: 1)
        #expect(connects(pool.checkOut(here)))
        #expect(connects(pool.checkOut(there)))
        #expect(pool.checkIn("a", id: 1, here, now: now) == .keep(until: Deadline(nanoseconds: 1500)))
        #expect(reused(pool.checkOut(Origin(host: "127.0.0.1", port: 1))) == "a")
    }

    @Test("Who came first gets the connection that comes back first")
    func waitersInOrder() throws {
        var pool = makePool(connections: 1)
        #expect(connects(pool.checkOut(here)))
        let first = try ticket(pool.checkOut(here))
        let second = try ticket(pool.checkOut(here))
        #expect(pool.checkIn("a", id: 1, here, now: now) == .give(first))
        #expect(pool.checkIn("a", id: 1, here, now: now) == .give(second))
        #expect(pool.checkIn("a", id: 1, here, now: now) == .keep(until: Deadline(nanoseconds: 1500)))
    }

    @Test("A slot that becomes free goes to who waits, to make a connection in it")
    func freedSlot() throws {
        var pool = makePool(connections: 1)
        #expect(connects(pool.checkOut(here)))
        let waiting = try ticket(pool.checkOut(here))
        #expect(pool.freeSlot(here) == waiting)
        #expect(pool.count(here).open == 1)
        #expect(pool.freeSlot(here) == nil)
        #expect(pool.count(here).open == 0)
        #expect(connects(pool.checkOut(here)))
    }

    @Test("Too many waiting requests are refused")
    func refusal() throws {
        var pool = makePool(connections: 1, waiting: 1)
        #expect(connects(pool.checkOut(here)))
        _ = try ticket(pool.checkOut(here))
        #expect(refuses(pool.checkOut(here)))
    }

    @Test("Who gives up waiting is passed over, and told when it was served already")
    func leaving() throws {
        var pool = makePool(connections: 1)
        #expect(connects(pool.checkOut(here)))
        let first = try ticket(pool.checkOut(here))
        let second = try ticket(pool.checkOut(here))
        #expect(pool.leave(first, here) == true)
        #expect(pool.leave(first, here) == false)
        #expect(pool.checkIn("a", id: 1, here, now: now) == .give(second))
        #expect(pool.leave(second, here) == false)
    }

    @Test("An idle connection that ended leaves a free slot, once")
    func idleEnd() {
        var pool = makePool(connections: 1)
        #expect(connects(pool.checkOut(here)))
        _ = pool.checkIn("a", id: 1, here, now: now)
        #expect(pool.removeIdle(id: 1, here) == true)
        #expect(pool.removeIdle(id: 1, here) == false)
        #expect(pool.count(here).open == 0)
        #expect(connects(pool.checkOut(here)))
        #expect(pool.removeIdle(id: 1, here) == false)
    }

    @Test("A pool that ends closes what is idle, refuses who waits, and closes what comes back")
    func drain() throws {
        var pool = makePool(connections: 2)
        #expect(connects(pool.checkOut(here)))
        #expect(connects(pool.checkOut(here)))
        _ = pool.checkIn("a", id: 1, here, now: now)
        #expect(connects(pool.checkOut(there)))
        #expect(connects(pool.checkOut(there)))
        let waiting = try ticket(pool.checkOut(there))
        let ended = pool.drain()
        #expect(ended.idle == ["a"])
        #expect(ended.waiting == [waiting])
        #expect(refuses(pool.checkOut(here)))
        #expect(pool.checkIn("b", id: 2, here, now: now) == .close)
        #expect(pool.freeSlot(here) == nil)
        #expect(pool.count(here).open == 0)
    }

    @Test("However requests come and go, slots are neither lost nor made up")
    func randomWalk() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            var pool = makePool(connections: 3, waiting: 3)
            var using = 0
            var idle: [Int] = []
            var waiting: [Pool.Ticket] = []
            var nextID = 0
            for _ in 0..<200 {
                switch Int.random(in: 0..<5, using: &random) {
                case 0, 1:
                    switch pool.checkOut(here) {
                    case .reuse:
                        idle.removeLast()
                        using += 1
                    case .connect: using += 1
                    case .wait(let ticket): waiting.append(ticket)
                    case .refuse: #expect(using == 3 && waiting.count == 3)
                    }
                case 2 where using > 0:
                    nextID += 1
                    switch pool.checkIn("c", id: nextID, here, now: now) {
                    case .give(let ticket): #expect(ticket == waiting.removeFirst())
                    case .keep:
                        idle.append(nextID)
                        using -= 1
                    case .close: Issue.record("closed")
                    }
                case 3 where using > 0:
                    if let heir = pool.freeSlot(here) { #expect(heir == waiting.removeFirst()) } else { using -= 1 }
                case 4 where !idle.isEmpty:
                    let index = Int.random(in: idle.indices, using: &random)
                    #expect(pool.removeIdle(id: idle.remove(at: index), here) == true)
                default: break
                }
                let count = pool.count(here)
                #expect(count.open == using + idle.count && count.idle == idle.count && count.waiting == waiting.count)
                #expect(count.open <= 3 && count.waiting <= 3)
            }
        }
    }
}

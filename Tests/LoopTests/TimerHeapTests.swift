import Testing

@testable import Loop

@Suite("The timer heap")
struct TimerHeapTests {
    /// A small generator with a seed, so that a failure can be repeated.
    private struct Randomness: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
            return mixed ^ (mixed >> 31)
        }
    }

    @Test("agrees with a sorted list over random operations", arguments: 1...20 as ClosedRange<UInt64>)
    func model(seed: UInt64) {
        var random = Randomness(state: seed)
        var heap = TimerHeap<Int>()
        var model: [(deadline: UInt64, number: Int, id: TimerHeap<Int>.ID)] = []
        var gone: [TimerHeap<Int>.ID] = []
        for number in 0..<2000 {
            switch random.next() % 8 {
            case 0..<4:
                let deadline = random.next() % 50
                model.append((deadline, number, heap.insert(deadline: deadline, number)))
            case 4..<6:
                guard !model.isEmpty else { continue }
                let removed = model.remove(at: Int(random.next() % UInt64(model.count)))
                #expect(heap.remove(removed.id) == removed.number)
                gone.append(removed.id)
            case 6:
                if let id = gone.randomElement(using: &random) { #expect(heap.remove(id) == nil) }
            default:
                let now = random.next() % 60
                let due = model.filter { $0.deadline <= now }.sorted {
                    ($0.deadline, $0.number) < ($1.deadline, $1.number)
                }
                var popped: [Int] = []
                while let number = heap.popDue(now) { popped.append(number) }
                #expect(popped == due.map(\.number))
                model.removeAll { $0.deadline <= now }
                gone += due.map(\.id)
            }
            #expect(heap.count == model.count)
            #expect(heap.earliest == model.map(\.deadline).min())
        }
    }

    @Test("keeps timers that were armed since a mark for later")
    func mark() {
        var heap = TimerHeap<String>()
        _ = heap.insert(deadline: 5, "before")
        let mark = heap.mark
        _ = heap.insert(deadline: 5, "since")
        #expect(heap.popDue(9, armedBefore: mark) == "before")
        #expect(heap.popDue(9, armedBefore: mark) == nil)
        #expect(heap.popDue(9, armedBefore: heap.mark) == "since")
    }

    @Test("cancels all at once, and old ids stay void")
    func removeAll() {
        var heap = TimerHeap<Int>()
        let ids = (0..<10).map { heap.insert(deadline: UInt64($0), $0) }
        #expect(heap.removeAll().sorted() == Array(0..<10))
        #expect(heap.count == 0)
        _ = heap.insert(deadline: 1, 100)
        for id in ids { #expect(heap.remove(id) == nil) }
        #expect(heap.popDue(1) == 100)
    }
}

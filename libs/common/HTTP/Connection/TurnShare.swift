/// How much of something one party has had in the present turn of its loop.
struct TurnShare {
    private let share: Int
    private var had = 0
    private var turn: UInt64 = 0

    init(_ share: Int) {
        self.share = share
    }

    mutating func left(in turn: UInt64) -> Int {
        if turn != self.turn {
            self.turn = turn
            had = 0
        }
        return max(0, share - had)
    }

    mutating func used(_ count: Int) {
        had += count
    }
}

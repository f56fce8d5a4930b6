/// What the guard tells, one line each.
enum GuardReport: Equatable {
    case started
    case failed(Int32)
    case ended(ProgramEnd)

    /// Nil for a line that no guard writes.
    init?(_ line: String) {
        let words = line.split(separator: " ", omittingEmptySubsequences: false)
        let numbers = words.dropFirst().map { Int($0) }
        switch (words.first, numbers.count) {
        case ("started", 0): self = .started
        case ("failed", 1):
            guard let code = numbers[0].flatMap({ Int32(exactly: $0) }) else { return nil }
            self = .failed(code)
        case ("exited", 3), ("signalled", 3):
            guard let code = numbers[0].flatMap({ Int32(exactly: $0) }), let cpu = numbers[1], let peak = numbers[2]
            else { return nil }
            self = .ended(
                ProgramEnd(
                    code: code, isSignal: words.first == "signalled", cpuTime: .microseconds(cpu),
                    peakMemoryBytes: peak << 10))
        default: return nil
        }
    }
}

/// How a program ended, as its guard saw it.
struct ProgramEnd: Equatable, Sendable {
    /// The exit status, or the signal's number.
    let code: Int32
    let isSignal: Bool
    let cpuTime: Duration
    let peakMemoryBytes: Int
}

import Loop
import Testing

@testable import HTTP

@Suite("The time that a transfer may take")
struct TransferAllowanceTests {
    private let start = Deadline(nanoseconds: 1_000_000_000_000)

    private func left(_ allowance: TransferAllowance) -> Duration {
        allowance.deadline(from: start).duration(since: start)
    }

    @Test("waiting uses it up")
    func waiting() {
        var allowance = TransferAllowance(base: .seconds(10), slowestBytesPerSecond: 1000)
        #expect(left(allowance) == .seconds(10))
        allowance.waited(from: start, to: start + .seconds(4))
        #expect(left(allowance) == .seconds(6))
        allowance.waited(from: start, to: start + .seconds(7))
        #expect(left(allowance) == .zero)
    }

    @Test("bytes earn more, as much as the slowest client needs for them, but never more than the base")
    func earning() {
        var allowance = TransferAllowance(base: .seconds(10), slowestBytesPerSecond: 1000)
        allowance.waited(from: start, to: start + .seconds(5))
        allowance.moved(2000)
        #expect(left(allowance) == .seconds(7))
        allowance.moved(1_000_000)
        #expect(left(allowance) == .seconds(10))
        allowance.moved(.max)
        #expect(left(allowance) == .seconds(10))
    }

    @Test("a client at a byte a second runs out, one at the slowest rate does not")
    func rates() {
        var trickling = TransferAllowance(base: .seconds(10), slowestBytesPerSecond: 1000)
        var steady = trickling
        for _ in 0..<11 {
            trickling.waited(from: start, to: start + .seconds(1))
            trickling.moved(1)
            steady.waited(from: start, to: start + .seconds(1))
            steady.moved(1000)
        }
        #expect(left(trickling) < .milliseconds(20))
        #expect(left(steady) == .seconds(10))
    }

    @Test("a clock that stands still or goes back costs nothing, and absurd settings do not trap")
    func corners() {
        var allowance = TransferAllowance(base: .seconds(1), slowestBytesPerSecond: 0)
        allowance.waited(from: start, to: start)
        allowance.waited(from: start + .seconds(1), to: start)
        #expect(left(allowance) == .seconds(1))
        let endless = TransferAllowance(base: .seconds(Int64.max), slowestBytesPerSecond: .max)
        #expect(endless.deadline(from: start) == .distantFuture)
    }
}

import HTTP
import Loop
import TestKit
import Testing

@Suite("Token buckets")
struct TokenBucketTests {
    private func at(_ seconds: Double) -> Deadline { Deadline(nanoseconds: 1_000_000_000_000 + UInt64(seconds * 1e9)) }

    @Test("A full one gives its burst at once, then one for each interval")
    func burst() {
        let rate = TokenBucket.Rate(60, per: .seconds(60), burst: 5)
        var bucket = TokenBucket()
        #expect(bucket.remaining(rate, at: at(0)) == 5)
        for left in (0..<5).reversed() {
            #expect(bucket.take(rate, at: at(0)) == .allowed)
            #expect(bucket.remaining(rate, at: at(0)) == left)
        }
        #expect(bucket.take(rate, at: at(0)) == .wait(.seconds(1)))
        #expect(bucket.take(rate, at: at(0.75)) == .wait(.milliseconds(250)))
        #expect(bucket.take(rate, at: at(1)) == .allowed)
        #expect(bucket.take(rate, at: at(1)) == .wait(.seconds(1)))
    }

    @Test("What waits as long as it is told is allowed, and takes nothing while it waits")
    func waiting() {
        let rate = TokenBucket.Rate(3, per: .seconds(1))
        var bucket = TokenBucket()
        var now = at(0)
        for _ in 0..<1000 {
            guard case .wait(let time) = bucket.take(rate, at: now) else { continue }
            #expect(time > .zero && time <= .seconds(1))
            now = now + time
            #expect(bucket.take(rate, at: now) == .allowed)
        }
    }

    @Test("It fills up to its burst and no further")
    func filling() {
        let rate = TokenBucket.Rate(10, per: .seconds(1))
        var bucket = TokenBucket()
        #expect(bucket.take(rate, 10, at: at(0)) == .allowed)
        #expect(bucket.timeToFull(at: at(0)) == .seconds(1))
        #expect(bucket.timeToFull(at: at(2)) == .zero)
        #expect(bucket.take(rate, 11, at: at(100)) != .allowed)
        #expect(bucket.take(rate, 10, at: at(100)) == .allowed)
    }

    @Test("Over any stretch of time no more is given than the burst and the rate")
    func bound() {
        var generator = SeededGenerator(seed: 7)
        let rate = TokenBucket.Rate(50, per: .seconds(1), burst: 20)
        var bucket = TokenBucket()
        var seconds = 0.0
        var given = 0
        for _ in 0..<20_000 {
            seconds += Double.random(in: 0...0.02, using: &generator)
            if bucket.take(rate, at: at(seconds)) == .allowed { given += 1 }
            #expect(Double(given) <= 20 + seconds * 50 + 0.001)
        }
        #expect(Double(given) > seconds * 49)
    }

    @Test("Absurd rates neither trap nor overflow")
    func extremes() {
        let slow = TokenBucket.Rate(1, per: .seconds(Int64.max), burst: .max)
        var bucket = TokenBucket()
        #expect(bucket.take(slow, .max, at: at(0)) == .allowed)
        let fast = TokenBucket.Rate(.max, per: .nanoseconds(1))
        var other = TokenBucket()
        #expect(other.take(fast, at: at(0)) == .allowed)
    }
}

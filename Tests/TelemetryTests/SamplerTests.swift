import Testing

@testable import Telemetry

@Suite("Sampling")
struct SamplerTests {
    private let ids = RandomIDs(seededBy: SplitSeeds().next)

    @Test("A caller's decision is followed, whatever the ratio", arguments: [0.0, 0.5, 1.0], [true, false])
    func parentBased(ratio: Double, isSampled: Bool) throws {
        let parent = TraceContext(traceID: TraceID(from: ids), spanID: SpanID(from: ids), isSampled: isSampled)
        let context = Sampler(ratio: ratio).context(parent: parent, ids: ids)
        #expect(context.isSampled == isSampled && context.traceID == parent.traceID)
        #expect(context.spanID != parent.spanID)
    }

    @Test(
        "New traces are sampled at the ratio",
        arguments: [(0.0, 0...0), (1.0, 10_000...10_000), (0.1, 850...1150), (2.0, 10_000...10_000), (-1.0, 0...0)])
    func ratio(ratio: Double, expected: ClosedRange<Int>) {
        let sampler = Sampler(ratio: ratio)
        let sampled = (0..<10_000).filter { _ in sampler.context(parent: nil, ids: ids).isSampled }.count
        #expect(expected.contains(sampled))
    }

    @Test("A ratio that is no number samples nothing, and the extremes hold at the edges of the ids")
    func edges() throws {
        let highest = try #require(TraceID(high: 0, low: .max))
        let lowest = try #require(TraceID(high: 1, low: 0))
        #expect(!Sampler(ratio: .nan).shouldSample(lowest))
        #expect(!Sampler(ratio: 0).shouldSample(lowest))
        #expect(Sampler(ratio: 1).shouldSample(highest))
        #expect(!Sampler(ratio: 0.999).shouldSample(highest))
    }
}

/// Fixed seeds, so that the counts above do not vary.
final class SplitSeeds {
    private var state: UInt64 = 1

    func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state
    }
}

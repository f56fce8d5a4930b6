import Loop
import Testing

@testable import Service

@Suite("When keys of others are fetched")
struct KeyRefreshTests {
    private func at(_ seconds: Double) -> Deadline { Deadline(nanoseconds: 1_000_000_000_000 + UInt64(seconds * 1e9)) }

    @Test("at first, when they are old, and beside the work while the old ones do")
    func age() {
        var refresh = KeyRefresh(.init())
        #expect(refresh.decide(.age, at: at(0)) == .fetch)
        refresh.fetched(at: at(0))
        #expect(refresh.decide(.age, at: at(299)) == .useWhatIsThere)
        #expect(refresh.decide(.age, at: at(300)) == .fetchBeside)
        #expect(refresh.decide(.age, at: at(300.5)) == .useWhatIsThere, "it was just tried")
        #expect(refresh.decide(.age, at: at(301)) == .fetchBeside)
        #expect(refresh.hasKeys(at: at(86_399)))
        #expect(!refresh.hasKeys(at: at(86_400)))
        #expect(refresh.decide(.age, at: at(86_400)) == .fetch, "old keys end")
    }

    @Test("again after a failure, but not at once")
    func failure() {
        var refresh = KeyRefresh(.init())
        #expect(refresh.decide(.age, at: at(0)) == .fetch)
        #expect(refresh.decide(.age, at: at(0.5)) == .useWhatIsThere)
        #expect(refresh.decide(.age, at: at(1)) == .fetch)
        #expect(!refresh.hasKeys(at: at(1)))
    }

    @Test("for an unknown key at once, and then not for half a minute, however many ask")
    func unknownKey() {
        var refresh = KeyRefresh(.init())
        _ = refresh.decide(.age, at: at(0))
        refresh.fetched(at: at(0))
        #expect(refresh.decide(.unknownKey, at: at(1)) == .fetch)
        for second in stride(from: 1.0, to: 31, by: 0.5) {
            #expect(refresh.decide(.unknownKey, at: at(second)) == .useWhatIsThere)
        }
        #expect(refresh.decide(.unknownKey, at: at(31)) == .fetch)
    }
}

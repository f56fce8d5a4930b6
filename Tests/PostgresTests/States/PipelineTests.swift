import Testing

@testable import Postgres

@Suite("What a connection waits for")
struct PipelineTests {
    typealias TestPipeline = Pipeline<String, Int>

    private func describe(_ action: TestPipeline.Action) -> String {
        switch action {
        case .none: "nothing"
        case .row(let ticket, let row): "\(ticket) row \(row)"
        case .finish(let ticket, .result(let result), let mayBeHit): "\(ticket) = \(result)\(mayBeHit ? " hit" : "")"
        case .finish(let ticket, .refused(let refusal, let afterResult), let mayBeHit):
            "\(ticket) ! \(refusal.state)\(afterResult ? " late" : "")\(mayBeHit ? " hit" : "")"
        case .finish(let ticket, .nothing, _): "\(ticket) ?"
        }
    }

    private func refusal(_ state: String) -> TestPipeline.Event { .refusal(ServerRefusal(state: state, message: "")) }

    @Test("Results belong to exchanges in the order of sending, each told at its Sync")
    func order() {
        var pipeline = TestPipeline()
        pipeline.sent("a")
        pipeline.sent("b")
        let said = [.result(1), .sync, .result(2), .result(3), .sync].map { describe(pipeline.received($0)) }
        #expect(said == ["nothing", "a = 1", "nothing", "nothing", "b = 3"])
        #expect(pipeline.isEmpty)
    }

    @Test("An error at the commit outweighs the result before it")
    func commitError() {
        var pipeline = TestPipeline()
        pipeline.sent("a")
        _ = pipeline.received(.result(1))
        _ = pipeline.received(refusal("23503"))
        #expect(describe(pipeline.received(.sync)) == "a ! 23503 late")
    }

    @Test("A preparation that failed is told with its own error, not with what was skipped behind it")
    func preparation() {
        var pipeline = TestPipeline()
        pipeline.sent("a")
        pipeline.sent("b")
        let said = [refusal("42601"), .skipped, .sync, .result(1), .sync].map { describe(pipeline.received($0)) }
        #expect(said == ["nothing", "nothing", "a ! 42601", "nothing", "b = 1"])
    }

    @Test("A cancellation may hit whatever was behind its target when it was sent")
    func cancellation() {
        var pipeline = TestPipeline()
        pipeline.sent("a")
        pipeline.sent("b")
        pipeline.cancellationSent()
        pipeline.sent("c")
        let said = [.result(1), .sync, refusal("57014"), .sync, .result(3), .sync].map {
            describe(pipeline.received($0))
        }
        #expect(said.filter { $0 != "nothing" } == ["a = 1", "b ! 57014 hit", "c = 3"])
    }

    @Test("Rows are told as they come")
    func rows() {
        var pipeline = TestPipeline()
        pipeline.sent("a")
        let said = [.row(1), .row(2)].map { describe(pipeline.received($0)) }
        #expect(said == ["a row 1", "a row 2"])
    }

    @Test("A connection that breaks names what was under way, and what the server said of the first")
    func abandoned() {
        var pipeline = TestPipeline()
        pipeline.sent("a")
        pipeline.sent("b")
        pipeline.sentBeforeLast("between")
        _ = pipeline.received(refusal("57P01"))
        let (tickets, said) = pipeline.abandon()
        #expect(tickets == ["a", "between", "b"])
        #expect(said?.state == "57P01")
        #expect(describe(pipeline.received(.sync)) == "nothing")
    }

    @Test("A long run of exchanges keeps nothing behind")
    func longRun() {
        var pipeline = TestPipeline()
        pipeline.sent("0")
        for number in 1...2000 {
            pipeline.sent("\(number)")
            _ = pipeline.received(.result(number - 1))
            let said = describe(pipeline.received(.sync))
            #expect(said == "\(number - 1) = \(number - 1)")
        }
        #expect(pipeline.count == 1)
    }
}

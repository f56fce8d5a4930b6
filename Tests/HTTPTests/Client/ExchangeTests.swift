import Testing

@testable import HTTP

@Suite struct ExchangeTests {
    struct Loss: CustomTestStringConvertible, Sendable {
        var isReused = true
        var isRepeatable = true
        var isReplayable = true
        var wrote = 10
        var consumed = false
        var received = 0
        let repeats: Bool
        let testDescription: String
    }

    static let losses = [
        Loss(repeats: true, testDescription: "an idempotent request on a pooled connection"),
        Loss(isReused: false, repeats: false, testDescription: "on a new connection"),
        Loss(isRepeatable: false, repeats: false, testDescription: "a request that may have had its effect"),
        Loss(isRepeatable: false, wrote: 0, repeats: true, testDescription: "a request that never reached the socket"),
        Loss(isReplayable: false, repeats: true, testDescription: "a stream that was not begun"),
        Loss(isReplayable: false, consumed: true, repeats: false, testDescription: "a stream that was begun"),
        Loss(isReplayable: false, wrote: 0, consumed: true, repeats: false, testDescription: "a stream lost by us"),
        Loss(received: 1, repeats: false, testDescription: "after the first byte of an answer"),
    ]

    @Test("A lost request is repeated only when that is safe", arguments: losses)
    func repetition(_ loss: Loss) {
        var exchange = Exchange(
            isReused: loss.isReused, isRepeatable: loss.isRepeatable, isReplayable: loss.isReplayable)
        exchange.wrote(loss.wrote)
        if loss.consumed { exchange.consumedBody() }
        exchange.received(loss.received)
        switch exchange.lost() {
        case .repeatRequest: #expect(loss.repeats)
        case .fail(let error):
            #expect(!loss.repeats)
            #expect(isSame(error, .connectionLost(afterResponseBegan: loss.received > 0)))
        }
    }

    @Test("A request that failed for a reason of ours is told with that reason, and not repeated")
    func ourFailure() {
        var exchange = Exchange(isReused: true, isRepeatable: true, isReplayable: true)
        exchange.failedUpload(.timedOut(.sending))
        guard case .fail(.timedOut(.sending)) = exchange.lost() else { return #expect(Bool(false)) }
    }

    @Test("A connection goes on only when both messages are complete and nothing follows")
    func reuse() {
        for (uploaded, keeps, more, goesOn) in [
            (true, true, false, true), (false, true, false, false), (true, false, false, false),
            (true, true, true, false),
        ] {
            var exchange = Exchange(isReused: false, isRepeatable: true, isReplayable: true)
            if uploaded { exchange.completedUpload() }
            exchange.completedHead(keepsConnection: keeps)
            #expect(exchange.completedAnswer(hasMoreBytes: more) == goesOn)
        }
    }

    @Test("A broken request does not become complete by being told so")
    func brokenStaysBroken() {
        var exchange = Exchange(isReused: false, isRepeatable: true, isReplayable: true)
        exchange.brokeUpload()
        exchange.completedUpload()
        #expect(!exchange.isUploadComplete)
    }
}

/// What a connection in pipeline mode waits for, in the order in which it was sent. Pure.
///
/// An exchange is all that is sent for one statement up to its Sync: perhaps its preparation, the statement itself. What
/// becomes of it is known at the Sync alone, since the server commits there: an error in between outweighs a result.
struct Pipeline<Ticket, Result> {
    enum Event {
        /// A result without an error.
        case result(Result)
        /// One row of a statement whose rows are wanted one by one.
        case row(Result)
        case refusal(ServerRefusal)
        /// The server skipped a command, since one before it in the same exchange failed.
        case skipped
        case sync
    }

    enum Outcome {
        case result(Result)
        /// Whether a command before the refused one had succeeded: the preparation of the statement, if there was one.
        case refused(ServerRefusal, afterResult: Bool)
        /// The server answered neither a result nor an error.
        case nothing
    }

    enum Action {
        case none
        case row(Ticket, Result)
        case finish(Ticket, Outcome, mayBeHit: Bool)
    }

    private struct Exchange {
        let ticket: Ticket
        var result: Result?
        var refusal: ServerRefusal?
        /// A cancellation that was meant for another exchange may have hit this one.
        var mayBeHit = false
    }

    private var exchanges: [Exchange?] = []
    private var head = 0

    var count: Int { exchanges.count - head }
    var isEmpty: Bool { count == 0 }

    /// The statement that the server works on, or will next.
    var first: Ticket? { isEmpty ? nil : exchanges[head]?.ticket }

    mutating func sent(_ ticket: Ticket) {
        exchanges.append(Exchange(ticket: ticket))
    }

    /// For a command that must go ahead of the one that is being sent.
    mutating func sentBeforeLast(_ ticket: Ticket) {
        exchanges.insert(Exchange(ticket: ticket), at: exchanges.count - 1)
    }

    /// A cancellation is on its way for the first exchange: whatever is behind it may be hit in its place.
    mutating func cancellationSent() {
        for index in exchanges.indices where index > head { exchanges[index]?.mayBeHit = true }
    }

    mutating func received(_ event: Event) -> Action {
        guard !isEmpty else { return .none }
        switch event {
        case .result(let result): exchanges[head]!.result = result
        case .row(let result): return .row(exchanges[head]!.ticket, result)
        case .refusal(let refusal):
            // The first tells the cause.
            if exchanges[head]!.refusal == nil { exchanges[head]!.refusal = refusal }
        case .skipped: break
        case .sync: return finishFirst()
        }
        return .none
    }

    private mutating func finishFirst() -> Action {
        let exchange = exchanges[head]!
        removeFirst()
        let outcome: Outcome =
            if let refusal = exchange.refusal { .refused(refusal, afterResult: exchange.result != nil) } else {
                exchange.result.map { .result($0) } ?? .nothing
            }
        return .finish(exchange.ticket, outcome, mayBeHit: exchange.mayBeHit)
    }

    /// The connection broke: everything that was under way, in order, with what the server may have said of the first.
    mutating func abandon() -> (tickets: [Ticket], refusal: ServerRefusal?) {
        let refusal = isEmpty ? nil : exchanges[head]?.refusal
        let tickets = exchanges[head...].compactMap { $0?.ticket }
        exchanges = []
        head = 0
        return (tickets, refusal)
    }

    private mutating func removeFirst() {
        exchanges[head] = nil
        head += 1
        if head == exchanges.count {
            exchanges.removeAll(keepingCapacity: true)
            head = 0
        } else if head >= 256 {
            exchanges.removeFirst(head)
            head = 0
        }
    }
}

import Loop
import Testing

@testable import HTTP

/// The pure parts of a transfer.
struct TransferStateTests {
    private static func arrive(_ inbox: inout TransferInbox, _ count: Int) -> TransferInbox.Arrival {
        [UInt8](repeating: 1, count: count).withUnsafeBytes { inbox.arrived($0) }
    }

    @Test("An inbox slows its sender when it is full, and lets it go on once it was emptied")
    func inbox() {
        var inbox = TransferInbox(maximumBuffered: 10, maximumBody: 100)
        func arrive(_ count: Int) -> TransferInbox.Arrival { Self.arrive(&inbox, count) }
        guard case .wait = inbox.next() else {
            Issue.record("nothing has come")
            return
        }
        #expect(arrive(6) == .taken)
        #expect(arrive(5) == .pause)
        #expect(inbox.isPaused)
        guard case .block(let first, mustResume: true) = inbox.next() else {
            Issue.record("the sender may go on")
            return
        }
        #expect(first.count == 6)
        #expect(!inbox.isPaused)
        #expect(arrive(5) == .taken)
        guard case .block(let second, mustResume: false) = inbox.next() else {
            Issue.record("the sender was not slowed")
            return
        }
        #expect(second.count == 5)
        // A piece larger than the buffer is taken by an empty one.
        #expect(arrive(89) == .taken)
        #expect(arrive(1) == .tooLarge)
    }

    @Test("What has come is handed over before the end or the failure is")
    func inboxEnd() {
        for error in [nil, ClientError.connectionLost(afterResponseBegan: true)] {
            var inbox = TransferInbox(maximumBuffered: 10, maximumBody: 100)
            _ = Self.arrive(&inbox, 6)
            inbox.finish(error)
            inbox.finish(.cancelled)
            #expect(inbox.isComplete == (error == nil))
            guard case .block = inbox.next() else {
                Issue.record("the bytes come first")
                return
            }
            switch inbox.next() {
            case .end: #expect(error == nil)
            case .failed(let failed): #expect(isSame(error, failed))
            default: Issue.record("the inbox is at its end")
            }
        }
    }

    @Test("An outbox sends bytes in pieces, goes back when asked, and ends")
    func outboxOfBytes() {
        var outbox = TransferOutbox(.bytes([1, 2, 3]))
        func take(_ count: Int) -> [UInt8] { Self.take(&outbox, count) }
        func rewind(_ position: Int) -> Bool { outbox.rewind(to: position) }
        #expect(take(2) == [1, 2])
        #expect(outbox.sent == 2)
        #expect(rewind(1))
        #expect(take(9) == [2, 3])
        #expect(outbox.sent == 3)
        var room = [UInt8](repeating: 0, count: 1)
        let last = room.withUnsafeMutableBytes { outbox.send(into: $0) }
        #expect(last == .end)
        #expect(!rewind(4))
        #expect(!rewind(-1))
    }

    @Test("An outbox waits for its source, which goes on when its block was taken")
    func outboxOfStream() {
        var outbox = TransferOutbox(.stream(Blocks(block: [], count: 0)))
        var room = [UInt8](repeating: 0, count: 4)
        func send() -> TransferOutbox.Sent { room.withUnsafeMutableBytes { outbox.send(into: $0) } }
        func rewind() -> Bool { outbox.rewind(to: 0) }
        func yield(_ block: [UInt8]) -> Bool { outbox.yield(block) }
        func end() -> Bool { outbox.end() }
        #expect(send() == .pause)
        #expect(rewind())
        #expect(yield([1, 2, 3, 4, 5]))
        #expect(!outbox.isPaused)
        #expect(send() == .bytes(4, isSourceFree: false))
        #expect(send() == .bytes(1, isSourceFree: true))
        #expect(!rewind())
        #expect(!yield([6]))
        #expect(send() == .bytes(1, isSourceFree: true))
        #expect(send() == .pause)
        #expect(end())
        #expect(send() == .end)
    }

    private static func take(_ outbox: inout TransferOutbox, _ count: Int) -> [UInt8] {
        var room = [UInt8](repeating: 0, count: count)
        guard case .bytes(let taken, _) = room.withUnsafeMutableBytes({ outbox.send(into: $0) }) else { return [] }
        return Array(room[..<taken])
    }

    @Test("Every phase has a time and a name of its own, and nothing outlasts the total")
    func timeline() {
        let timeouts = ClientTimeouts(
            waiting: .seconds(1), connect: .seconds(2), firstByte: .seconds(3), betweenBytes: .seconds(4))
        func at(_ seconds: Int) -> Deadline { Deadline(nanoseconds: 0) + .seconds(seconds) }
        var timeline = TransferTimeline(timeouts, total: at(100), now: at(10))
        let table: [(TransferTimeline.Phase, Int, ClientError.Stage)] = [
            (.waiting, 1, .waiting), (.connecting, 2, .connecting), (.sending, 4, .sending), (.awaiting, 3, .firstByte),
            (.receiving, 4, .body),
        ]
        for (phase, seconds, stage) in table {
            timeline.enter(phase, at: at(20))
            #expect(timeline.deadline == at(20 + seconds))
            #expect(timeline.overdue(at: at(19 + seconds)) == nil)
            #expect(timeline.overdue(at: at(20 + seconds)) == stage)
            timeline.progressed(at: at(30))
            #expect(timeline.deadline == at(30 + seconds))
        }
        timeline.progressed(at: at(98))
        #expect(timeline.deadline == at(100))
        #expect(timeline.overdue(at: at(100)) == .total)
    }

    @Test("Of several heads the last counts, and its lines are checked")
    func headLines() {
        var head = HeadLines(maximumBytes: 1000)
        func take(_ line: String) -> HeadLines.Outcome { Array(line.utf8).withUnsafeBytes { head.take($0) } }
        let lines = ["HTTP/1.1 100 Continue\r\n", "a: b\r\n", "\r\n", "HTTP/1.1 204 No\r\n", "c:  d \r\n"]
        #expect(lines.map(take) == [.more, .more, .more, .more, .more])
        #expect(take("\r\n") == .complete)
        #expect(head.status == .noContent)
        #expect(head.headers["a"] == nil)
        #expect(head.headers["c"] == "d")
        #expect(take("trailer: x\r\n") == .more)
        #expect(head.headers.count == 1)
        #expect(take(String(repeating: "x", count: 1000)) == .tooLarge)
    }

    @Test(
        "A length is what a number says, and nothing beside a transfer coding",
        arguments: [
            (["content-length: 12"], 12), (["content-length: 0"], 0), (["content-length: -1"], nil),
            (["content-length: +1"], nil), (["content-length: 99999999999999999999"], nil), ([], nil),
            (["content-length: 12", "transfer-encoding: chunked"], nil),
        ] as [([String], Int?)])
    func declaredLength(fields: [String], expected: Int?) {
        var head = HeadLines(maximumBytes: 1000)
        for line in ["HTTP/1.1 200 OK"] + fields + [""] {
            _ = Array((line + "\r\n").utf8).withUnsafeBytes { head.take($0) }
        }
        #expect(head.declaredLength == expected)
    }
}

import HTTP
import Loop
import TestKit
import Testing

@testable import Gateway

@Suite("Tables of limits")
struct LimitTableTests {
    @Test("of buckets are bounded and forget the fullest first", arguments: [100, 4096])
    func buckets(capacity: Int) {
        let table = BucketTable(TokenBucket.Rate(2, per: .seconds(60)), capacity: capacity)
        let now = Deadline.now
        for remaining in [1, 0] {
            let decision = table.take("victim", at: now)
            #expect(decision.isAllowed && decision.remaining == remaining)
        }
        for number in 0..<4 * capacity { _ = table.take("\(number)", at: now) }
        #expect(table.count <= capacity && table.count > capacity / 2)
        let decision = table.take("victim", at: now)
        #expect(!decision.isAllowed && decision.wait == .seconds(30), "others cannot push an empty bucket out")
    }

    @Test("of buckets forget whoever was quiet")
    func quiet() {
        let table = BucketTable(TokenBucket.Rate(1, per: .seconds(1)), capacity: 64)
        let now = Deadline.now
        for number in 0..<64 { _ = table.take("\(number)", at: now) }
        #expect(table.count == 64)
        _ = table.take("new", at: now + .seconds(2))
        #expect(table.count == 1)
    }

    @Test("of requests under way hold those alone who have any, and no more than they can")
    func concurrency() {
        let table = ConcurrencyTable(2, capacity: 4)
        #expect(table.enter("a") && table.enter("a") && !table.enter("a"))
        for name in ["b", "c", "d"] { #expect(table.enter(name)) }
        #expect(!table.enter("e"), "the table is full")
        #expect(table.enter("b"), "who is in it already needs no place")
        table.leave("a")
        #expect(table.enter("a"))
        for name in ["a", "a", "b", "b", "c", "d"] { table.leave(name) }
        #expect(table.count == 0)
    }
}

@Suite("Requests at a time", .timeLimit(.minutes(1)))
struct ConcurrencyLimitTests {
    /// Answers when it is told to.
    private final class Slow: Sendable {
        let waiting = Locked(0)
        let isOpen = Locked(false)

        func answer() async throws -> Response {
            waiting.withLock { $0 += 1 }
            _ = await eventually { isOpen.withLock { $0 } }
            return .text("done")
        }
    }

    @Test("are counted for a network of IPv6 as for one address")
    func networks() throws {
        var route = GatewayRoute(methods: nil, path: "/asr/**", service: "asr")
        route.rate = RateRule(requests: 2, window: .seconds(3600), key: .address)
        route.concurrency = [ConcurrencyRule(requests: 1, key: .user)]
        let limits = RouteLimits(route)
        let seat = try limits.enter(caller: nil, address: "2001:db8:1:2::1")
        let atOnce = #expect(throws: ServiceError.self) { try limits.enter(caller: nil, address: "2001:db8:1:2::2") }
        #expect(atOnce?.code == "too_many_at_once")
        seat.leave()
        let often = #expect(throws: ServiceError.self) { try limits.enter(caller: nil, address: "2001:db8:1:2::3") }
        #expect(often?.code == "rate_limited")
        try limits.enter(caller: nil, address: "2001:db8:1:3::1").leave()
    }

    @Test("are limited for each user, for each address and for the route, and counted out when they end")
    func limits() async throws {
        let slow = Slow()
        try await withService { routes in
            routes.on(.get, "/asr/{name}") { _ in try await slow.answer() }
        } body: { url in
            let table = """
                * /asr/mine asr concurrency=3,1/user
                * /asr/near asr open concurrency=2/address
                """
            try await RoutedGateway.with(routes: table, settings: ["ASR_URL": url]) { gateway in
                func ask(_ path: String, _ user: String?) async throws -> TestAnswer {
                    try await gateway.request(
                        "GET", path, headers: user.map { ["authorization": "Bearer \($0)"] } ?? [:])
                }
                let held = [("/asr/mine", "ann"), ("/asr/mine", "bob"), ("/asr/near", nil), ("/asr/near", "ann")]
                try await withThrowingTaskGroup(of: Int.self) { tasks in
                    for (path, user) in held { tasks.addTask { try await ask(path, user).status } }
                    try await eventually("all are under way") { slow.waiting.withLock { $0 } == held.count }
                    for (path, user) in [("/asr/mine", "ann"), ("/asr/near", nil)] {
                        let refused = try await ask(path, user)
                        #expect(refused.status == 429 && refused.header("retry-after") == "1")
                        #expect(refused.code == "too_many_at_once")
                    }
                    tasks.addTask { try await ask("/asr/mine", "carl").status }
                    try await eventually("the third is") { slow.waiting.withLock { $0 } == held.count + 1 }
                    let full = try await ask("/asr/mine", "dora")
                    #expect(full.status == 503 && full.code == "too_many_at_once")
                    slow.isOpen.withLock { $0 = true }
                    for try await status in tasks { #expect(status == 200) }
                }
                for user in ["ann", "dora"] { #expect(try await ask("/asr/mine", user).status == 200) }
            }
        }
    }
}

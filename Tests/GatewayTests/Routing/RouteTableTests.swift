import HTTP
import Testing

@testable import Gateway

@Suite("The route table")
struct RouteTableTests {
    private static let services = Set(RoutingSettings.services)

    private func read(_ text: String) throws -> [GatewayRoute] {
        try RouteTable(parsing: text, services: Self.services).routes
    }

    private func problems(_ text: String) -> [String] {
        do throws(RouteTable.Malformed) {
            _ = try RouteTable(parsing: text, services: Self.services)
            return []
        } catch { return error.problems.map(\.description) }
    }

    @Test("reads methods, path, service and options, and passes over comments")
    func lines() throws {
        let text = """
            # a comment

            POST,PUT /process pointcloud body=1MiB timeout=30s roles=admin,editor  # and another
            *  /asr/**  asr  open rate=600/m/address concurrency=8 silence=5m
            """
        var first = GatewayRoute(methods: [.post, .put], path: "/process", service: "pointcloud")
        first.bodyLimit = 1 << 20
        first.timeout = .seconds(30)
        first.roles = ["admin", "editor"]
        var second = GatewayRoute(methods: nil, path: "/asr/**", service: "asr")
        second.access = .open
        second.rate = RateRule(requests: 600, window: .seconds(60), key: .address)
        second.concurrency = [ConcurrencyRule(requests: 8, key: .route)]
        second.silence = .seconds(300)
        #expect(try read(text) == [first, second])
        #expect(second.patterns == ["/asr/**", "/asr"])
    }

    @Test("says what is wrong, for every line at once")
    func mistakes() {
        let text = """
            GET /a
            TRACE /a asr
            GET a asr
            GET /a/../b asr
            GET /a/**/b asr
            GET /a/{x}/{x} asr
            GET /a nobody
            GET /a asr opn
            GET /a asr rate=fast
            GET /a asr body=1MiB body=2MiB
            GET /a asr token rate=1/s open
            GET /b asr
            GET /b asr
            GET /c/{x} asr
            * /c/{y} asr
            """
        let found = problems(text)
        #expect(found.map { $0.prefix { $0 != ":" } } == (1...11).map { "line \($0)" } + ["line 13", "line 15"])
        #expect(found.contains("line 7: 'nobody' is none of asr, footprint-ocr, pacs-masks, pointcloud, splat"))
        #expect(found.contains("line 11: 'open' contradicts 'token'"))
        #expect(found.contains("line 13: GET /b is in line 12 already"))
    }

    @Test("counts requests at a time by whom a line says, the whole route last")
    func concurrency() throws {
        let routes = try read("* /asr/** asr concurrency=32,8/user,16/address\n* /b asr concurrency=1/user")
        let expected: [ConcurrencyRule] = [
            .init(requests: 8, key: .user), .init(requests: 16, key: .address), .init(requests: 32, key: .route),
        ]
        #expect(routes[0].concurrency == expected)
        #expect(routes[1].concurrency == [.init(requests: 1, key: .user)])
        for wrong in ["", "0", "8/", "8/nobody", "8/user/2", "/user", "1,", "1,2", "8/user,9/user", "1000001", "-1"] {
            #expect(problems("* /asr/** asr concurrency=\(wrong)").count == 1, "\(wrong)")
        }
    }

    @Test("is bounded")
    func bounds() {
        #expect(problems(String(repeating: "#", count: 300_000)) == ["line 1: more than 262144 bytes"])
        let many = (0...1000).map { "GET /r\($0) asr" }.joined(separator: "\n")
        #expect(problems(many) == ["line 1001: more than 1000 routes"])
    }

    @Test("that is built in is right")
    func builtIn() throws {
        let routes = try read(DefaultRoutes.text)
        #expect(Set(routes.map(\.service)) == Self.services)
    }
}

import Testing

@testable import Telemetry

@Suite("W3C trace context")
struct TraceContextTests {
    private static let valid = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    @Test("A valid header is read and written back")
    func roundTrip() throws {
        let context = try #require(TraceContext(traceparent: Self.valid))
        #expect(context.traceID.description == "0af7651916cd43dd8448eb211c80319c")
        #expect(context.spanID.description == "b7ad6b7169203331")
        #expect(context.isSampled)
        #expect(context.traceparent == Self.valid)
    }

    @Test(
        "Only the lowest flag is understood, and only it is sent on",
        arguments: [("00", false), ("01", true), ("02", false), ("03", true), ("fe", false), ("ff", true)])
    func flags(flags: String, isSampled: Bool) throws {
        let context = try #require(TraceContext(traceparent: Self.valid.dropLast(2) + flags))
        #expect(context.isSampled == isSampled)
        #expect(context.traceparent.hasSuffix(isSampled ? "-01" : "-00"))
    }

    @Test(
        "A later version is read as far as it is known",
        arguments: [
            "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "fe-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-",
            "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-the-future-will-be-like",
        ])
    func laterVersions(header: String) {
        #expect(TraceContext(traceparent: header)?.traceparent == Self.valid)
    }

    @Test(
        "Anything else is refused",
        arguments: [
            "", "00", "00-", "-",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-B7ad6b7169203331-01",
            "0A-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0A",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 ",
            " 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.more",
            "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-011",
            "00_0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331_01",
            "00-0af7651916cd43dd8448eb211c80319-cb7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319g-b7ad6b7169203331-01",
            "+0-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0\u{E9}",
        ])
    func refused(header: String) {
        #expect(TraceContext(traceparent: header) == nil)
    }

    @Test("A child is in the same trace with a span of its own")
    func child() throws {
        let state = try #require(TraceState(validating: "a=1"))
        let parent = try #require(TraceContext(traceparent: Self.valid, state: state))
        let child = parent.child(from: RandomIDs())
        #expect(child.traceID == parent.traceID)
        #expect(child.spanID != parent.spanID)
        #expect(child.isSampled && child.state == state)
    }

    @Test("Ids are never all zero, whatever the source gives")
    func zeroIDs() {
        #expect(TraceID(from: FixedIDs()).description == "00000000000000000000000000000001")
        #expect(SpanID(from: FixedIDs()).description == "0000000000000001")
        #expect(TraceID(high: 0, low: 0) == nil && SpanID(0) == nil)
    }
}

@Suite("W3C trace state")
struct TraceStateTests {
    @Test(
        "A valid state is kept, without its spaces and empty members",
        arguments: [
            ("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE", "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"),
            (" a=1 ,\tb=2 ,, ", "a=1,b=2"),
            ("tenant@vendor=x", "tenant@vendor=x"), ("0tenant@vendor=x", "0tenant@vendor=x"),
            ("a_-*/9=!~ value", "a_-*/9=!~ value"),
        ])
    func kept(header: String, expected: String) {
        #expect(TraceState(validating: header)?.description == expected)
    }

    @Test(
        "A malformed one is refused as a whole",
        arguments: [
            "", ",", " ", "a", "a=", "=1", "A=1", "1a=1", "a=1,a=2", "a=b=c", "a=\u{E9}", "a=1\n", "@v=1", "t@=1",
            "a@b@c=1", "t@vendor-of-15-chr=1", "t@1v=1", String(repeating: "k", count: 257) + "=1",
            "k=" + String(repeating: "v", count: 257),
        ])
    func refused(header: String) {
        #expect(TraceState(validating: header) == nil)
    }

    @Test("32 members pass, 33 do not")
    func members() {
        let members = (0..<33).map { "k\($0)=1" }
        #expect(TraceState(validating: members.prefix(32).joined(separator: ",")) != nil)
        #expect(TraceState(validating: members.joined(separator: ",")) == nil)
    }

    @Test("More than 512 bytes lose the oversized members first, and then the last ones")
    func truncation() throws {
        let big = "big=" + String(repeating: "x", count: 200)
        let small = (0..<6).map { "k\($0)=" + String(repeating: "y", count: 77) }
        let oneTooBig = try #require(TraceState(validating: ([big] + small.prefix(5)).joined(separator: ",")))
        #expect(oneTooBig.description == small.prefix(5).joined(separator: ","))
        let many = (0..<10).map { "k\($0)=" + String(repeating: "y", count: 77) }
        let truncated = try #require(TraceState(validating: many.joined(separator: ",")))
        #expect(truncated.description == many.prefix(6).joined(separator: ","))
        #expect(truncated.description.utf8.count <= 512)
        #expect(TraceState(validating: String(repeating: "a=1,", count: 5000)) == nil)
    }
}

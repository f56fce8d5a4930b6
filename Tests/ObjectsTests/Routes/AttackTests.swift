import JSON
import Objects
import TestKit
import Testing

@Suite("Attacks on presigned URLs")
struct AttackTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let code: String
        var change: @Sendable (inout Attack.Parts) -> Void = { _ in }
        var tamper: @Sendable (String) -> String = { $0 }
        var path: String?
        var headers: [String: String]?
    }

    static let cases = [
        Case(testDescription: "another key", code: "SignatureDoesNotMatch", path: "/objects/masks/other"),
        Case(testDescription: "another bucket", code: "SignatureDoesNotMatch", path: "/objects/others/key"),
        Case(
            testDescription: "another value of a signed header", code: "SignatureDoesNotMatch",
            headers: ["x-amz-meta-user": "2"]),
        Case(testDescription: "without a signed header", code: "SignatureDoesNotMatch", headers: [:]),
        Case(
            testDescription: "an x-amz header that was not signed", code: "AccessDenied",
            headers: ["x-amz-meta-user": "1", "x-amz-acl": "public-read"]),
        Case(
            testDescription: "a longer life", code: "SignatureDoesNotMatch",
            tamper: { $0.replacing("Expires=600", with: "Expires=6000") }),
        Case(testDescription: "more than seven days", code: "AuthorizationQueryParametersError") {
            $0.expires = "604801"
        },
        Case(testDescription: "a life of nothing", code: "AuthorizationQueryParametersError") { $0.expires = "0" },
        Case(testDescription: "a negative life", code: "AuthorizationQueryParametersError") { $0.expires = "-600" },
        Case(testDescription: "an endless life", code: "AuthorizationQueryParametersError") {
            $0.expires = "99999999999999999999"
        },
        Case(testDescription: "expired", code: "AccessDenied") { $0.date = Attack.text(.now - .seconds(601)) },
        Case(testDescription: "from the future", code: "RequestTimeTooSkewed") {
            $0.date = Attack.text(.now + .seconds(3600))
        },
        Case(testDescription: "a date that does not exist", code: "AuthorizationQueryParametersError") {
            $0.date = "20261399T250000Z"
        },
        Case(testDescription: "another algorithm", code: "AuthorizationQueryParametersError") {
            $0.algorithm = "AWS4-HMAC-SHA1"
        },
        Case(testDescription: "no algorithm", code: "AuthorizationQueryParametersError") { $0.algorithm = "none" },
        Case(testDescription: "another region", code: "AuthorizationQueryParametersError") { $0.region = "eu-west-1" },
        Case(testDescription: "another service", code: "AuthorizationQueryParametersError") { $0.service = "sts" },
        Case(testDescription: "another day", code: "AuthorizationQueryParametersError") { $0.day = "20200101" },
        Case(testDescription: "another access key", code: "InvalidAccessKeyId") { $0.accessKey = "AKOTHER" },
        Case(testDescription: "another secret", code: "SignatureDoesNotMatch") { $0.secretKey = "guessed" },
        Case(testDescription: "another host", code: "SignatureDoesNotMatch") { $0.host = "elsewhere" },
        Case(testDescription: "host not signed", code: "AuthorizationQueryParametersError") {
            $0.signedHeaders = "x-amz-meta-user"
        },
        Case(
            testDescription: "a shorter signature", code: "AuthorizationQueryParametersError",
            tamper: { String($0.dropLast()) }),
        Case(
            testDescription: "an empty signature", code: "AuthorizationQueryParametersError",
            tamper: { String($0.dropLast(64)) }),
        Case(
            testDescription: "one digit changed", code: "SignatureDoesNotMatch",
            tamper: { $0.dropLast() + ($0.hasSuffix("0") ? "1" : "0") }),
        Case(
            testDescription: "a signature in capitals", code: "AuthorizationQueryParametersError",
            tamper: { $0.dropLast(64) + $0.suffix(64).uppercased().replacing("0", with: "A") }),
        Case(testDescription: "no signature", code: "AccessDenied", tamper: { String($0.dropLast(81)) }),
        Case(testDescription: "no query", code: "AccessDenied", tamper: { _ in "" }),
        Case(
            testDescription: "a parameter twice", code: "AuthorizationQueryParametersError",
            tamper: { $0 + "&X-Amz-Expires=6000" }),
        Case(
            testDescription: "a parameter twice in another case", code: "AuthorizationQueryParametersError",
            tamper: { $0 + "&x-amz-expires=6000" }),
        Case(
            testDescription: "a parameter added", code: "SignatureDoesNotMatch",
            tamper: { $0 + "&response-content-type=text/html" }),
        Case(
            testDescription: "a token that nobody gave", code: "InvalidAccessKeyId",
            tamper: { $0 + "&X-Amz-Security-Token=x" }),
    ]

    @Test("A URL that was tampered with is refused, and says why", arguments: cases)
    func refused(_ attack: Case) async throws {
        let directory = try ThrowAwayDirectory()
        defer { directory.remove() }
        let path = directory.path
        try await onLoop {
            try await ServedStore.with(root: path) { served in
                var request = Attack(served.store.settings, attack.change)
                request.tamper = attack.tamper
                let headers = attack.headers.map { $0.map { ($0.key, $0.value) } }
                let answer = try await request.send(to: served, path: attack.path, headers: headers)
                #expect(answer.status == 403 || answer.status == 400)
                #expect(answer.text.contains("<Code>\(attack.code)</Code>"), "\(answer.text)")
                let page = try await served.store.list(ListRequest(ObjectFolder("s3://masks")!))
                #expect(page.objects.isEmpty)
                // The very same, untouched, is accepted.
                let right = try await Attack(served.store.settings).send(to: served)
                #expect(right.status == 200, "\(right.text)")
            }
        }
    }

    @Test("A URL for one method is not good for another", arguments: [("PUT", "GET"), ("GET", "PUT"), ("GET", "HEAD")])
    func otherMethod(_ signed: String, _ sent: String) async throws {
        let directory = try ThrowAwayDirectory()
        defer { directory.remove() }
        let path = directory.path
        try await onLoop {
            try await ServedStore.with(root: path) { served in
                let attack = Attack(served.store.settings)
                let query = attack.query(signed)
                var other = attack
                other.tamper = { _ in query }
                let answer = try await other.send(sent, to: served)
                #expect(answer.status == 403)
            }
        }
    }

    @Test(
        "A path that leaves the store is refused before anything is looked at",
        arguments: [
            "/objects/masks/../secret", "/objects/masks/%2e%2e/secret", "/objects/masks/a%2f..%2fb",
            "/objects/masks//key",
            "/objects/masks/a%5cb", "/objects/masks/%00", "/objects/MASKS/key", "/objects/masks/a/",
        ])
    func paths(_ attacked: String) async throws {
        let directory = try ThrowAwayDirectory()
        defer { directory.remove() }
        let path = directory.path
        try await onLoop {
            try await ServedStore.with(root: path) { served in
                let attack = Attack(served.store.settings) { $0.path = attacked }
                let answer = try await attack.send(to: served)
                #expect((400..<405).contains(answer.status))
                let files = try DiskStoreTests.files(served.store.settings.root)
                #expect(files.allSatisfy { $0.hasPrefix("locks/") })
            }
        }
    }

    @Test("A clock that is a little ahead is borne with, and a URL is good until it expires")
    func skew() async throws {
        let directory = try ThrowAwayDirectory()
        defer { directory.remove() }
        let path = directory.path
        let now = Timestamp.now
        try await onLoop {
            try await ServedStore.with(root: path, now: { now }) { served in
                for (offset, status) in [(14 * 60, 200), (16 * 60, 403), (-599, 200), (-601, 403)] {
                    let attack = Attack(served.store.settings) { $0.date = Attack.text(now + .seconds(offset)) }
                    let answer = try await attack.send(to: served)
                    #expect(answer.status == status, "\(offset) s")
                }
            }
        }
    }
}

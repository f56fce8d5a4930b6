import HTTP
import Testing

@testable import Objects

@Suite("What a store's refusals mean")
struct S3ErrorTests {
    @Test(
        "Codes and statuses become errors",
        arguments: [
            (404, "NoSuchKey", "there is no such object"), (404, "", "there is no such object"),
            (403, "SignatureDoesNotMatch", "access is denied: SignatureDoesNotMatch"),
            (412, "PreconditionFailed", "the object exists already or has changed"),
            (409, "ConditionalRequestConflict", "the object exists already or has changed"),
            (400, "BadDigest", "the bytes do not match their checksum"),
            (503, "SlowDown", "the store is not available"),
            (429, "", "the store is not available"), (500, "InternalError", "the store is not available"),
            (400, "RequestTimeout", "the store is not available"),
            (416, "InvalidRange", "the object has no such range"),
            (400, "EntityTooSmall", "the store refused with 400 EntityTooSmall"),
        ])
    func meanings(_ status: Int, _ code: String, _ text: String) {
        let body = code.isEmpty ? "nonsense" : "<Error><Code>\(code)</Code></Error>"
        #expect(S3Answer.error(Status(UInt16(status)), [:], Array(body.utf8)).description == text)
    }

    @Test(
        "A store says when to come back",
        arguments: [
            ("7", Duration.seconds(7)), ("-1", nil), ("soon", nil), ("99999999", nil),
        ] as [(String, Duration?)])
    func retryAfter(_ text: String, _ expected: Duration?) {
        guard case .unavailable(let wait) = S3Answer.error(Status(503), ["retry-after": text], []) else {
            Issue.record("not unavailable")
            return
        }
        #expect(wait == expected)
    }

    @Test("An error inside a good answer is one")
    func hidden() {
        let body = Array("<Error><Code>SlowDown</Code></Error>".utf8)
        #expect(throws: ObjectError.self) { try S3Answer.document(body, ["CopyObjectResult"]) }
        #expect(throws: ObjectError.self) { try S3Answer.document(Array("<Other/>".utf8), ["CopyObjectResult"]) }
        #expect(throws: ObjectError.self) { try S3Answer.document([], ["CopyObjectResult"]) }
    }

    @Test("Metadata is found however a store spelt its name")
    func metadata() {
        let headers: Headers = ["X-Amz-Meta-Annotation-Id": "121", "etag": "\"abc\"", "content-type": "image/png"]
        let info = S3Answer.info(headers, size: 3)
        #expect(info.metadata["annotation_id"] == "121" && info.entityTag == "abc")
        #expect(info.metadata.isSame(as: ["annotation_id": "121"]) && !info.metadata.isSame(as: ["annotation_id": "1"]))
    }
}

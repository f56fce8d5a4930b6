import Glibc
import HTTP
import Images
import JSON
import Jobs
import PhotoService
import Service
import TestKit
import Testing
import Tokens

/// The service that `docs/writing-a-service.md` leads through, used as its clients would.
@Suite(
    "The example of a service",
    .enabled(if: getenv("PENTAD_TEST_DATABASE_URL") != nil, "needs PENTAD_TEST_DATABASE_URL"),
    .timeLimit(.minutes(2)))
struct ExampleServiceTests {
    private static let key = try! SigningKey.generate()
    private static let secret = WebhookSecret.generate()

    private static func token(_ user: String) throws -> Headers {
        let token = try TokenIssuer(name: InternalIdentitySettings.defaultIssuer, key: key).issue(
            subject: user, audience: [PhotoService.name], lifetime: .seconds(60))
        return ["authorization": "Bearer \(token)", "content-type": "application/json"]
    }

    private func withService(_ body: (TestService) async throws -> Void) async throws {
        let folder = try ThrowAwayDirectory()
        defer { folder.remove() }
        let settings = [
            "PORT": "\(try FreePort.find())",
            "IDENTITY_KEYS": String(decoding: KeySet(Self.key.verification).jwks(), as: UTF8.self),
            "CALLBACK_SECRETS": Self.secret.text, "CALLBACK_NETWORKS": "127.0.0.0/8",
            "ENGINE_GUARD": BuiltPrograms.path("engine-guard"), "ENGINE_WORKSPACES": "\(folder.path)/engines",
        ]
        try await TestService.with(PhotoService.self, settings: settings, body: body)
    }

    private func json(
        _ service: TestService, _ method: String, _ path: String, _ user: String, _ body: String = ""
    ) async throws -> (status: Int, body: JSONValue) {
        let answer = try await service.request(method, path, headers: try Self.token(user), body: Array(body.utf8))
        return (answer.status, try JSONValue.parse(answer.body))
    }

    /// Uploads a photo as a client would: with the URL and the headers that it was told.
    private func upload(_ service: TestService, _ bytes: [UInt8]) async throws -> String {
        let (status, created) = try await json(service, "POST", "/photos", "u1", #"{"name":"beach"}"#)
        #expect(status == 201)
        let url = try #require(created["url"]?.string)
        var headers = Headers()
        for member in created["headers"]?.object ?? [:] { headers[member.name] = member.value.string }
        let path = url.dropFirst(service.baseURL.count)
        let put = try await service.request("PUT", String(path), headers: headers, body: bytes)
        #expect(put.status == 200)
        return try #require(created["photo"]?["id"]?.string)
    }

    private func finished(_ service: TestService, _ job: String) async throws -> JSONValue {
        var document = JSONValue.null
        try await eventually(within: 20, "the job has ended") {
            document = try await json(service, "GET", "/photos/jobs/\(job)", "u1").body
            return ["completed", "failed"].contains(document["state"]?.string)
        }
        return document
    }

    @Test("A photo becomes a thumbnail, with a job to follow, an artifact to fetch and a callback")
    func walkThrough() async throws {
        try await withService { service in
            try await CallbackReceiver.with { receiver in
                let picture = Image(width: 300, height: 200, format: .rgb8)
                let id = try await upload(service, try picture.encodedPNG())
                let order = #"{"side":64,"callback_url":"\#(receiver.url("/done"))"}"#
                let (status, ordered) = try await json(service, "POST", "/photos/\(id)/thumbnail", "u1", order)
                #expect(status == 202)
                let job = try #require(ordered["job_id"]?.string)
                let document = try await finished(service, job)
                #expect(document["state"]?.string == "completed", "\(document)")

                let path = "/photos/jobs/\(job)/artifacts/thumbnail.png"
                let artifact = try await service.request("GET", path, headers: try Self.token("u1"))
                let thumbnail = try Image.decode(artifact.body)
                #expect((thumbnail.width, thumbnail.height) == (64, 42))
                let log = try await service.request("GET", "/photos/jobs/\(job)/log", headers: try Self.token("u1"))
                #expect(log.text.contains("thumbnail.png"))
                let (_, photos) = try await json(service, "GET", "/photos", "u1")
                #expect(photos[0]?["width"]?.int == 300)

                try await eventually("the callback has come") { !receiver.deliveries.isEmpty }
                let delivery = receiver.deliveries[0]
                try WebhookVerifier([Self.secret]).verify(body: delivery.body) { delivery.headers[$0] }
            }
        }
    }

    @Test("What is no picture fails its job, and says why")
    func notAPicture() async throws {
        try await withService { service in
            let id = try await upload(service, Array("not a picture".utf8))
            let (_, ordered) = try await json(service, "POST", "/photos/\(id)/thumbnail", "u1", #"{"side":64}"#)
            let document = try await finished(service, try #require(ordered["job_id"]?.string))
            #expect(document["state"]?.string == "failed")
            #expect(document["error"]?["code"]?.string == "unusable_image")
        }
    }

    @Test("Strangers see nothing, and wrong requests are told what would be right")
    func refusals() async throws {
        try await withService { service in
            let id = try await upload(service, try Image(width: 8, height: 8, format: .gray8).encodedPNG())
            let order = #"{"side":64}"#
            #expect(try await json(service, "POST", "/photos/\(id)/thumbnail", "u2", order).status == 404)
            let none = try await service.get("/photos")
            #expect(none.status == 401)
            #expect(none.header("www-authenticate") == "Bearer")
            let wrong = [
                #"{"side":5}"#: "side", #"{"side":64,"callback_url":"ftp://x.example"}"#: "callback_url",
                #"{"side":64,"callback_url":"http://10.0.0.1/x"}"#: "callback_url",
            ]
            for (body, field) in wrong {
                let (status, answer) = try await json(service, "POST", "/photos/\(id)/thumbnail", "u1", body)
                #expect(status == 400)
                #expect(answer["details"]?[0]?["field"]?.string?.contains(field) == true, "\(answer)")
            }
        }
    }
}

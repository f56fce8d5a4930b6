import HTTP
import JSON
import Testing

@testable import Objects

@Suite("Presigned URLs")
struct PresignerTests {
    private static let bucket = BucketName("examplebucket")!
    private static let now = Timestamp(seconds: 1_369_353_600)

    private static func store(
        _ endpoint: String = "https://s3.amazonaws.com", _ addressing: S3Settings.Addressing = .virtualHost,
        token: String? = nil, _ change: (inout S3Settings) -> Void = { _ in }
    ) -> S3Store {
        var settings = S3Settings(
            endpoint: ObjectEndpoint(endpoint)!, addressing: addressing,
            credentials: ObjectCredentials(
                accessKey: "AKIAIOSFODNN7EXAMPLE", secretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                sessionToken: token))
        settings.limits.maximumPresignedLife = .seconds(7 * 86_400)
        change(&settings)
        return S3Store(settings, now: { now })
    }

    private static func location(_ key: String) -> ObjectLocation { ObjectLocation(bucket, ObjectKey(key)!) }

    @Test("The example of Amazon's documentation comes out as it is printed there")
    func documentedExample() throws {
        var options = PresignOptions()
        options.life = .seconds(86_400)
        let signed = try Self.store().presign(.get, Self.location("test.txt"), options)
        #expect(
            signed.url
                == "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
                + "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
                + "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
                + "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404")
        #expect(signed.headers.isEmpty && signed.method == .get)
        #expect(signed.expires == Self.now + .seconds(86_400))
    }

    @Test("Every header that the client is told to send is signed, with host and the length")
    func signedHeaders() throws {
        var options = PresignOptions()
        options.contentType = "image/png"
        options.contentLength = 1024
        options.metadata = ["user_id": "1", "annotation_id": "121"]
        options.acl = "private"
        options.storageClass = "STANDARD"
        options.checksum = [UInt8](repeating: 7, count: 32)
        options.ifNoneMatch = true
        let signed = try Self.store().presign(.put, Self.location("a.png"), options)
        let names = [
            "content-length", "content-type", "host", "if-none-match", "x-amz-acl", "x-amz-checksum-sha256",
            "x-amz-meta-annotation_id", "x-amz-meta-user_id", "x-amz-storage-class",
        ]
        #expect(signed.url.contains("X-Amz-SignedHeaders=" + names.joined(separator: "%3B") + "&"))
        #expect(Set(signed.headers.map(\.name)) == Set(names).subtracting(["host", "content-length"]))
        #expect(signed.method == .put)
    }

    @Test("A session token is part of what is signed")
    func sessionToken() throws {
        let with = try Self.store(token: "a/b=").presign(.get, Self.location("a"))
        let without = try Self.store().presign(.get, Self.location("a"))
        #expect(with.url.contains("&X-Amz-Security-Token=a%2Fb%3D&"))
        #expect(with.url.suffix(64) != without.url.suffix(64))
    }

    @Test(
        "The public endpoint is what is named and signed",
        arguments: [
            (S3Settings.Addressing.path, "https://files.example.org:8443/examplebucket/a%20b/%ED%95%9C%2B"),
            (.virtualHost, "https://examplebucket.files.example.org:8443/a%20b/%ED%95%9C%2B"),
        ])
    func publicEndpoint(_ addressing: S3Settings.Addressing, _ expected: String) throws {
        let store = Self.store("http://10.0.0.5:9000", addressing) {
            $0.publicEndpoint = ObjectEndpoint("https://files.example.org:8443")
        }
        let url = try store.presign(.get, Self.location("a b/한+")).url
        #expect(url.hasPrefix(expected + "?"))
    }

    @Test("A life is cut to the limit, and one under a second is refused")
    func life() throws {
        let store = Self.store { $0.limits.maximumPresignedLife = .seconds(600) }
        var options = PresignOptions()
        options.life = .seconds(3600)
        let signed = try store.presign(.put, Self.location("a"), options)
        #expect(signed.life == .seconds(600) && signed.expires == Self.now + .seconds(600))
        #expect(signed.url.contains("X-Amz-Expires=600&"))
        options.life = .milliseconds(10)
        #expect(throws: ObjectError.self) { try store.presign(.put, Self.location("a"), options) }
        let endless = Self.store { $0.limits.maximumPresignedLife = .seconds(90 * 86_400) }
        options.life = .seconds(80 * 86_400)
        #expect(try endless.presign(.put, Self.location("a"), options).life == .seconds(7 * 86_400))
    }

    @Test(
        "Metadata that would not survive the way is refused",
        arguments: [
            ["name": "한"], ["na me": "x"], ["name": "x\r\ny"], ["name": " x"],
            ["name": String(repeating: "x", count: 2048)],
        ])
    func metadata(_ pairs: [String: String]) {
        var options = PresignOptions()
        for (name, value) in pairs { options.metadata[name] = value }
        #expect(throws: ObjectError.self) { try Self.store().presign(.put, Self.location("a"), options) }
    }

    @Test(
        "Endpoints with a path, a user or nonsense are refused",
        arguments: [
            "", "s3.amazonaws.com", "ftp://host", "http://", "http://host/base", "http://user@host", "http://host:0",
            "http://host:70000", "http://host:x", "http://ho st", "http://host?x", "http://host#x", "http://[::1",
            "http://.host",
        ])
    func endpoints(_ text: String) {
        #expect(ObjectEndpoint(text) == nil)
    }

    @Test(
        "A scheme's own port is not part of the host that is signed",
        arguments: [
            ("http://host:80", "host"), ("https://Host:443/", "host"), ("http://host:443", "host:443"),
            ("http://[::1]:9000", "[::1]:9000"), ("https://[::1]", "[::1]"),
        ])
    func authorities(_ text: String, _ authority: String) {
        #expect(ObjectEndpoint(text)?.authority == authority)
    }

    @Test("Secrets are not printed")
    func secrecy() {
        let credentials = ObjectCredentials(accessKey: "AK", secretKey: "hidden", sessionToken: "hidden too")
        var dumped = ""
        dump(credentials, to: &dumped)
        #expect(!"\(credentials) \(String(reflecting: credentials)) \(dumped)".contains("hidden"))
    }
}

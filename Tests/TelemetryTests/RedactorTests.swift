import Testing

@testable import Telemetry

@Suite("Redaction")
struct RedactorTests {
    private let redactor = Redactor()

    @Test(
        "Secret parts of a text are masked and the rest is kept",
        arguments: [
            (
                "https://s3/b/k?X-Amz-Date=20250101&X-Amz-Signature=abc12",
                "https://s3/b/k?X-Amz-Date=20250101&X-Amz-Signature=*"
            ),
            ("/k?X-Amz-Credential=AKIA%2F2025&x=1", "/k?X-Amz-Credential=*&x=1"),
            ("/k?x-amz-security-token=a%2Bb%3D%3D#top", "/k?x-amz-security-token=*#top"),
            ("GET /cb?code=4%2F0Ab&state=xyz HTTP/1.1", "GET /cb?code=*&state=xyz HTTP/1.1"),
            ("access_token=abc&user=jo", "access_token=*&user=jo"),
            ("?api_key=a,b;c)d]&x=2", "?api_key=*&x=2"),
            ("/login?password=p&next=/", "/login?password=*&next=/"),
            ("?signature=s&sig=t&client_secret=u", "?signature=*&sig=*&client_secret=*"),
            (
                "/p?url=https%3A%2F%2Fs3%2Fk%3FX-Amz-Signature%3Dabc%26v%3D1&z=2",
                "/p?url=https%3A%2F%2Fs3%2Fk%3FX-Amz-Signature%3D*%26v%3D1&z=2"
            ),
            (
                "a%253Fx%253D1%2526X-Amz-Signature%253Dabc%2526v%253D1",
                "a%253Fx%253D1%2526X-Amz-Signature%253D*%2526v%253D1"
            ),
            ("a%3Fcode%3Dabc", "a%3Fcode%3D*"),
            ("Authorization: Bearer abc.def", "Authorization: *"),
            ("sent Bearer xxx to it", "sent Bearer * to it"),
            ("bearer 0a1b2c", "bearer *"),
            ("Basic dXNlcjpwYXNz", "Basic *"),
            ("Cookie: a=b; c=d\r\nHost: x", "Cookie: *\r\nHost: x"),
            ("got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln, late", "got *, late"),
            ("postgres://app:hunter2@db:5432/x", "postgres://app:*@db:5432/x"),
            ("amqp://u:p@ss@host", "amqp://u:*@host"),
            ("host=db password='a b' user=x", "host=db password='*' user=x"),
            ("host=db password=hunter2 user=x", "host=db password=* user=x"),
            (#"{"token":"a\"b","n":1}"#, #"{"token":"*","n":1}"#),
            (#"{"password": 1234 }"#, #"{"password": * }"#),
            (#"{\"secret\":\"abc\",\"n\":1}"#, #"{\"secret\":\"*\",\"n\":1}"#),
            ("key -----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", "key *"),
        ])
    func masks(text: String, expected: String) {
        let redacted = redactor.redact(text)
        #expect(
            redacted
                == String(expected.split(separator: "*", omittingEmptySubsequences: false).joined(by: Redactor.mask)))
        #expect(redactor.redact(redacted) == redacted, "redacting twice changes nothing more")
    }

    @Test(
        "A name is judged as its receiver reads it",
        arguments: [
            ("/p?access_token[]=S&x=1", "/p?access_token[]=*&x=1"), ("/p?token[0][a]=S", "/p?token[0][a]=*"),
            ("/p?user[password]=S", "/p?user[password]=*"),
            ("/p?access_token%5B%5D=S&x=1", "/p?access_token%5B%5D=*&x=1"),
            ("/p?%74oken=S", "/p?%74oken=*"), ("/p?tok%65n=S", "/p?tok%65n=*"), ("/p?TOK%45N=S", "/p?TOK%45N=*"),
            ("/p?tok%2565n=S", "/p?tok%2565n=*"), ("/p?token+=S", "/p?token+=*"), ("/p?+token=S", "/p?+token=*"),
            ("/p?password%20=S&a=b", "/p?password%20=*&a=b"), ("/p?password%00=S", "/p?password%00=*"),
            ("/p?%20%70assword%09=S", "/p?%20%70assword%09=*"), ("/p?password%C2%A0=S", "/p?password%C2%A0=*"),
            ("/p?u=%2Fx%3Ftok%65n%3DS%26a%3Db", "/p?u=%2Fx%3Ftok%65n%3D*%26a%3Db"),
            ("/p?%61uth=S&k%65y%5B%5D=T", "/p?%61uth=*&k%65y%5B%5D=*"),
            ("/p?auth=S&key=T&pass=U&session=V&sid=W&sig=X", "/p?auth=*&key=*&pass=*&session=*&sid=*&sig=*"),
            ("/v/Bearer%20S/x", "/v/Bearer%20*"), ("/v/x%20bearer+S", "/v/x%20bearer+*"),
            ("/v/Bearer%2520a%2Bb%22c", "/v/Bearer%2520*%22c"), ("/v/Basic%20dXNlcjpwYXNz", "/v/Basic%20*"),
            ("/v/%7B%22password%22:%22S%22,%22a%22:1%7D", "/v/%7B%22password%22:%22*%22,%22a%22:1%7D"),
            ("/v?q=%22password%22%3A%20%22S%5C%22T%22%2C1", "/v?q=%22password%22%3A%20%22*%22%2C1"),
            ("/v?q=%7B%5C%22token%5C%22%3A%5C%22S%5C%22%7D", "/v?q=%7B%5C%22token%5C%22%3A%5C%22*%5C%22%7D"),
            ("/v?q=%2522token%2522%253A%2522S%2522", "/v?q=%2522token%2522%253A%2522*%2522"),
            ("/v?q=%22token%22%20:%2012&x=1", "/v?q=%22token%22%20:%20*&x=1"),
            ("/v?q=secret%3AS&x=1", "/v?q=secret%3A*&x=1"), ("/v/a%20eyJh.eyJz.c2ln", "/v/a%20*"),
        ])
    func decodedNames(text: String, expected: String) {
        masks(text: text, expected: expected)
    }

    @Test(
        "Harmless text stays as it is",
        arguments: [
            "", "job_claimed", "/api/masks/12", "exit code=1", "GET /masks?page=2&page_size=10", "key=videos/a.mp4",
            "https://example.com:8443/a@b", "Basic authentication is off", "eyJ is how a JWT begins", "eyJa.b",
            "12:30:01", "postgres://app@db/x", "=", "?=", "a=%3D", "://", "%", "%3D", "-----BEGIN CERTIFICATE-----",
            "ünïcödé = fine: yes", "/p?a[]=1&b%5B%5D=2&c+d=3", "/p?a%20b=c+d", "/p?q=basic+training", "/p?tokens[]=1",
            "/p?keys=1&author=a&passed=true", "/at/12%3A30", "/v?q=%22name%22%3A%22x%22", "100%=1", "%zz=1", "/p?%=1",
        ])
    func keeps(text: String) {
        #expect(redactor.redact(text) == text)
    }

    @Test(
        "A field whose name tells of a secret is masked",
        arguments: [
            "authorization", "Proxy-Authorization", "cookie", "Set-Cookie", "password", "db_password", "clientSecret",
            "token", "access_token", "X-Amz-Security-Token", "API_KEY", "x-api-key", "apiKey", "private_key",
            "secretKey", "AWSAccessKeyId", "webhook-signature", "pwd",
        ])
    func masksFields(name: String) {
        let fields: LogFields = [name: "abc", "id": 1]
        let expected: LogFields = [name: "[redacted]", "id": 1]
        #expect(redactor.redact(fields) == expected)
    }

    @Test(
        "Other names are not taken for secrets",
        arguments: [
            "key", "file_key", "object_key", "token_count", "code", "path", "cookies_enabled", "idempotency_key",
        ])
    func keepsFields(name: String) {
        let fields: LogFields = [name: "abc"]
        #expect(redactor.redact(fields) == fields)
    }

    @Test("Numbers under a secret's name are masked, flags and nulls are not, lists are looked through")
    func otherValues() {
        let fields: LogFields = [
            "pwd": 1234, "token": nil, "secret": true, "urls": ["/a?token=x", "/b"], "n": ["token", 5],
        ]
        let expected: LogFields = [
            "pwd": "[redacted]", "token": nil, "secret": true, "urls": ["/a?token=[redacted]", "/b"],
            "n": ["token", 5],
        ]
        #expect(redactor.redact(fields) == expected)
    }

    @Test("Redacting twice changes nothing more, whatever a text is put together from")
    func twice() {
        let pieces = [
            "token", "password", "code", "bearer", "Basic", "Cookie", "eyJ", "a.b", "S", "1", "x", "key", "=", ":", "&",
            "?", " ", "+", "%", "%20", "%22", "%5C", "%3D", "%3A", "%26", "%3F", "%25", "25", "22", "3D", "\"", "'",
            "\\",
            "[", "]", "%5B", "%5D", "//", "/", "@", "\n", ",", "%74", "#", "[redacted]",
        ]
        // A generator of our own, so that a failure comes again.
        var state: UInt64 = 1
        for _ in 0..<20_000 {
            var text = ""
            for _ in 0..<12 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                text += pieces[Int(state >> 33) % pieces.count]
            }
            let redacted = redactor.redact(text)
            let again = redactor.redact(redacted)
            if again != redacted {
                Issue.record("\(text) -> \(redacted) -> \(again)")
            }
        }
    }

    @Test("Long hostile text is read once, not once per marker")
    func linear() {
        let hostile = [
            "eyJ-", "token", "://a:", "Basic ", "bearer", "%2525", "=\"", "%26", "-----BEGIN ", "%3D", "a%3D", "%3A",
            "%22:", "+=",
            "[=", "token[]=", "%22token%22%3A%22", "bearer+", "%25", "%20:", "%5C%22",
        ]
        for piece in hostile {
            let text = String(repeating: piece, count: 10_000)
            let time = ContinuousClock().measure { _ = redactor.redact(text) }
            #expect(time < .seconds(5), "\(piece)")
        }
    }
}

extension Collection where Element: StringProtocol {
    fileprivate func joined(by separator: String) -> String { map { String($0) }.joined(separator: separator) }
}

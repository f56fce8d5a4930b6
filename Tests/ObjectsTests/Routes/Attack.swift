import Crypto
import HTTP
import JSON
import Objects
import TestKit

/// A presigned URL put together by hand, each of its parts open to change before or after it is signed.
struct Attack {
    /// What goes into a signature.
    struct Parts {
        var method = "PUT"
        var path = "/objects/masks/key"
        var host: String
        var algorithm = "AWS4-HMAC-SHA256"
        var accessKey: String
        var secretKey: String
        var date = Attack.text(.now)
        var day: String?
        var region = "us-east-1"
        var service = "s3"
        var expires = "600"
        var headers: [(name: String, value: String)] = [("x-amz-meta-user", "1")]
        var signedHeaders: String?
        var parameters: [String] = []
    }

    var parts: Parts
    /// Changes the query after it was signed.
    var tamper: (String) -> String = { $0 }

    init(_ settings: DiskSettings, _ change: (inout Parts) -> Void = { _ in }) {
        parts = Parts(
            host: settings.publicEndpoint.authority, accessKey: settings.credentials!.accessKey,
            secretKey: settings.credentials!.secretKey)
        change(&parts)
    }

    static func text(_ time: Timestamp) -> String {
        time.description.prefix(19).filter { $0 != "-" && $0 != ":" } + "Z"
    }

    /// Signed by these few lines of their own, not by the module's.
    func query(_ method: String) -> String {
        let day = parts.day ?? String(parts.date.prefix(8))
        let scope = "\(day)/\(parts.region)/\(parts.service)/aws4_request"
        let headers = (parts.headers + [("host", parts.host)]).sorted { $0.name < $1.name }
        let names = parts.signedHeaders ?? headers.map(\.name).joined(separator: ";")
        let query =
            ([
                "X-Amz-Algorithm=\(parts.algorithm)",
                "X-Amz-Credential=" + PercentCoding.encode("\(parts.accessKey)/\(scope)"),
                "X-Amz-Date=\(parts.date)", "X-Amz-Expires=\(parts.expires)",
                "X-Amz-SignedHeaders=" + PercentCoding.encode(names),
            ] + parts.parameters).sorted().joined(separator: "&")
        let lines = headers.map { "\($0.name):\($0.value)\n" }.joined()
        let request = "\(method)\n\(parts.path)\n\(query)\n\(lines)\n\(names)\nUNSIGNED-PAYLOAD"
        let text = "AWS4-HMAC-SHA256\n\(parts.date)\n\(scope)\n" + Hex.encode(SHA256.hash(request))
        var key = Array("AWS4\(parts.secretKey)".utf8)
        for step in [day, parts.region, parts.service, "aws4_request"] { key = HMAC.sha256(key: key, step) }
        return query + "&X-Amz-Signature=" + Hex.encode(HMAC.sha256(key: key, text))
    }

    func send(
        _ method: String? = nil, to served: ServedStore, path: String? = nil, headers: [(String, String)]? = nil
    ) async throws -> TestAnswer {
        var fields = Headers()
        for (name, value) in headers ?? parts.headers { fields.append(name, value) }
        let method = method ?? parts.method
        let target = (path ?? parts.path) + "?" + tamper(query(method))
        return try await TestClient.request(
            port: served.port, method, target, headers: fields, body: method == "PUT" ? [1, 2, 3] : [])
    }
}

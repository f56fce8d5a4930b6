import JSON
import Objects
import TestKit
import Testing

/// boto3 makes the URLs and sends them by itself, or signs and sends as any client of S3.
@Suite("boto3 and the disk store", .enabled(if: Python.hasBoto3, Python.lacksBoto3))
struct BotoTests {
    private static let client = """
        import sys, urllib.request, boto3
        from botocore.config import Config
        endpoint, access, secret = sys.argv[1:4]
        s3 = boto3.client("s3", endpoint_url=endpoint, aws_access_key_id=access, aws_secret_access_key=secret,
            region_name="us-east-1", config=Config(signature_version="s3v4", s3={"addressing_style": "path"}))
        def send(url, method, body=None, headers={}):
            request = urllib.request.Request(url, data=body, method=method, headers=headers)
            try:
                with urllib.request.urlopen(request, timeout=20) as answer:
                    return answer.status, answer.read()
            except urllib.error.HTTPError as error:
                return error.code, error.read()

        """

    @Test("URLs that boto3 presigns for our endpoint are accepted, whatever the key")
    func accepted() async throws {
        let program =
            Self.client + """
                for number, key in enumerate(sys.argv[4:]):
                    body = b"" if number == 0 else key.encode() * 1000
                    metadata = {"user_id": "1", "file_type": "mask"}
                    put = s3.generate_presigned_url("put_object", Params={"Bucket": "masks", "Key": key,
                        "ContentType": "image/png", "Metadata": metadata, "ACL": "private", "StorageClass": "STANDARD"})
                    headers = {"content-type": "image/png", "x-amz-meta-user_id": "1", "x-amz-meta-file_type": "mask",
                        "x-amz-acl": "private", "x-amz-storage-class": "STANDARD"}
                    status, answer = send(put, "PUT", body, headers)
                    assert status == 200, (key, status, answer)
                    status, answer = send(put, "PUT", body, {**headers, "x-amz-meta-user_id": "2"})
                    assert status == 403, (key, status)
                    get = s3.generate_presigned_url("get_object", Params={"Bucket": "masks", "Key": key,
                        "ResponseContentDisposition": 'attachment; filename="a b"'})
                    status, answer = send(get, "GET")
                    assert (status, answer) == (200, body), (key, status, answer)
                    head = s3.generate_presigned_url("head_object", Params={"Bucket": "masks", "Key": key})
                    assert send(head, "HEAD")[0] == 200, key
                    assert send(head, "GET")[0] == 403, key
                print("all", len(sys.argv) - 4)
                """
        let keys = Behaviour.oddKeys
        let directory = try ThrowAwayDirectory()
        defer { directory.remove() }
        let path = directory.path
        try await onLoop {
            try await ServedStore.with(root: path) { served in
                let settings = served.store.settings
                let output = try await Python.run(
                    program,
                    [
                        "http://127.0.0.1:\(served.port)/objects", settings.credentials!.accessKey,
                        settings.credentials!.secretKey,
                    ] + keys)
                #expect(output == "all \(keys.count)\n")
                for key in keys {
                    let info = try await served.store.head(ObjectLocation(BucketName("masks")!, ObjectKey(key)!))
                    #expect(info.metadata.isSame(as: ["user_id": "1", "file_type": "mask"]))
                }
            }
        }
    }

    @Test("64 MiB go up and down by presigned URLs")
    func large() async throws {
        let program =
            Self.client + """
                import hashlib
                body = bytes(range(256)) * (64 << 12)
                url = lambda action: s3.generate_presigned_url(action, Params={"Bucket": "masks", "Key": "large"})
                assert send(url("put_object"), "PUT", body, {"content-type": "video/mp4"})[0] == 200
                status, answer = send(url("get_object"), "GET")
                assert status == 200 and hashlib.sha256(answer).digest() == hashlib.sha256(body).digest()
                print("same")
                """
        let directory = try ThrowAwayDirectory()
        defer { directory.remove() }
        let path = directory.path
        try await onLoop {
            try await ServedStore.with(root: path) { served in
                let credentials = served.store.settings.credentials!
                let output = try await Python.run(
                    program,
                    ["http://127.0.0.1:\(served.port)/objects", credentials.accessKey, credentials.secretKey])
                #expect(output == "same\n")
            }
        }
    }

    @Test("Our URLs are to the letter what boto3 makes", arguments: ["plain", "a b+c%/한.png", "quote'\"<>&"])
    func sameURL(_ key: String) async throws {
        let program =
            Self.client + """
                import datetime, botocore.auth
                moment = datetime.datetime(2026, 11, 21, 10, 11, 12)
                class Clock(datetime.datetime):
                    @classmethod
                    def utcnow(cls): return moment
                    @classmethod
                    def now(cls, tz=None): return moment.replace(tzinfo=tz)
                botocore.auth.datetime.datetime = Clock if hasattr(botocore.auth.datetime, "datetime") else None
                if hasattr(botocore.auth, "get_current_datetime"):
                    botocore.auth.get_current_datetime = lambda *a, **k: moment
                print(s3.generate_presigned_url("get_object", Params={"Bucket": "masks", "Key": sys.argv[4]}, ExpiresIn=600))
                """
        let credentials = ObjectCredentials(accessKey: "AKTEST", secretKey: "a secret/of+tests")
        let theirs = try await Python.run(
            program, ["http://127.0.0.1:9000", credentials.accessKey, credentials.secretKey, key])
        let store = S3Store(
            S3Settings(endpoint: ObjectEndpoint("http://127.0.0.1:9000")!, credentials: credentials),
            now: { Timestamp("2026-11-21T10:11:12Z")! })
        let ours = try store.presign(.get, ObjectLocation(BucketName("masks")!, ObjectKey(key)!)).url
        #expect(ours + "\n" == theirs)
    }
}

import HTTP
import Loop
import Objects
import Telemetry
import TestKit
import Testing

extension Behaviour {
    /// Sends what a presigned URL says, through a client that knows nothing of stores.
    private static func send(
        _ request: PresignedRequest, body: [UInt8] = [], change: (inout Headers) -> Void = { _ in }
    ) async throws -> (status: Int, headers: Headers, body: [UInt8]) {
        var headers = Headers()
        for (name, value) in request.headers { headers[name] = value }
        change(&headers)
        let client = OutgoingClient(settings: OutgoingSettings(rules: .trusted))
        let response = try await client.send(
            OutgoingRequest(request.method, request.url, headers: headers, body: .bytes(body)))
        return (Int(response.status.code), response.headers, try await response.body.collect(upTo: 1 << 20))
    }

    /// The bucket with a store whose URLs lead somewhere: a disk store's need our routes.
    private static func served(
        _ bucket: ThrowAwayBucket, _ body: (ThrowAwayBucket) async throws -> Void
    ) async throws {
        guard let disk = bucket.store as? DiskStore else { return try await body(bucket) }
        try await ServedStore.with(root: disk.settings.root) { served in
            try await body(ThrowAwayBucket(store: served.store, name: bucket.name))
        }
    }

    static let presigned = [
        Behaviour("Presigned URLs put and get what they name, whatever the key") { bucket, _ in
            try await served(bucket) { bucket in
                for key in oddKeys {
                    var options = PresignOptions()
                    options.contentType = "image/png"
                    options.acl = "private"
                    options.storageClass = "STANDARD"
                    options.metadata = [
                        "annotation_id": "121", "file_type": "mask", "mask_group_id": "10", "user_id": "1",
                    ]
                    let put = try bucket.store.presign(.put, bucket.location(key), options)
                    let stored = try await send(put, body: Array(key.utf8))
                    #expect(stored.status == 200, "\(key): \(String(decoding: stored.body, as: UTF8.self))")
                    let got = try await send(bucket.store.presign(.get, bucket.location(key)))
                    #expect(got.status == 200 && got.body == Array(key.utf8), "\(key)")
                    let info = try await bucket.store.head(bucket.location(key))
                    #expect(info.contentType == "image/png" && info.metadata.isSame(as: options.metadata), "\(key)")
                }
            }
        },
        Behaviour("A presigned URL is only good for what was signed") { bucket, gaps in
            guard !gaps.contains(.presignedChecks) else { return }
            try await served(bucket) { bucket in
                let location = bucket.location("bound")
                var options = PresignOptions()
                options.contentType = "image/png"
                options.contentLength = 4
                options.metadata = ["user_id": "1"]
                let put = try bucket.store.presign(.put, location, options)
                let body = Array("mask".utf8)
                for change in [
                    { $0["content-type"] = "text/html" }, { $0["x-amz-meta-user_id"] = "2" },
                    { $0["x-amz-meta-user_id"] = nil }, { $0["x-amz-acl"] = "public-read" },
                    { $0["x-amz-meta-more"] = "x" },
                ] as [(inout Headers) -> Void] {
                    let refused = try await send(put, body: body, change: change)
                    #expect(refused.status == 403)
                }
                let longer = try await send(put, body: body + body)
                #expect(longer.status == 403)
                #expect(isSame(await failure { _ = try await bucket.store.head(location) }, .notFound))
                let right = try await send(put, body: body)
                #expect(right.status == 200)
            }
        },
        Behaviour("A presigned GET says what the answer is called") { bucket, _ in
            try await served(bucket) { bucket in
                let location = bucket.location("named")
                try await bucket.store.put(location, .text("x"))
                var options = PresignOptions()
                options.responseContentDisposition = "attachment; filename=\"a b.png\""
                options.responseContentType = "image/png"
                let got = try await send(bucket.store.presign(.get, location, options))
                #expect(got.headers["content-disposition"] == "attachment; filename=\"a b.png\"")
                #expect(got.headers["content-type"] == "image/png" && got.body == [0x78])
            }
        },
        Behaviour("A part goes up by a presigned URL") { bucket, _ in
            try await served(bucket) { bucket in
                let location = bucket.location("in parts")
                let upload = try await bucket.store.beginUpload(location, PutOptions())
                let url = try bucket.store.presign(.part(upload, number: 1), location)
                let sent = try await send(url, body: Array("part".utf8))
                #expect(sent.status == 200)
                let tag = try #require(sent.headers["etag"]).filter { $0 != "\"" }
                try await bucket.store.completeUpload(upload, [UploadedPart(number: 1, entityTag: tag)])
                let bytes = try await bucket.store.bytes(location, upTo: 100)
                #expect(bytes == Array("part".utf8))
            }
        },
    ]
}

import HTTP
import JSON
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
        return try await send(request.method, request.url, headers: headers, body: body)
    }

    private static func send(
        _ method: Method, _ url: String, headers: Headers = Headers(), body: [UInt8] = []
    ) async throws -> (status: Int, headers: Headers, body: [UInt8]) {
        let client = OutgoingClient(settings: OutgoingSettings(rules: .trusted))
        let response = try await client.send(
            OutgoingRequest(method, url, headers: headers, body: .bytes(body)))
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

    /// The same store by a clock that is 100 s slow, which presigns what has been valid for as long.
    private static func slow(_ store: any ObjectStore) throws -> any ObjectStore {
        let now: @Sendable () -> Timestamp = { .now - .seconds(100) }
        if let disk = store as? DiskStore { return try DiskStore(disk.settings, now: now) }
        return S3Store(try #require(store as? S3Store).settings, now: now)
    }

    static let presigned = [
        Behaviour("Presigned URLs put and get what they name, whatever the key") { bucket in
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
        Behaviour("A presigned URL is only good for what was signed", needs: .presignedChecks) { bucket in
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
        Behaviour("A presigned URL is only good for its method, its key and its signature", needs: .presignedChecks) {
            bucket in
            try await served(bucket) { bucket in
                let (location, other) = (bucket.location("mine"), bucket.location("theirs"))
                for location in [location, other] { try await bucket.store.put(location, .text("x")) }
                let get = try bucket.store.presign(.get, location)
                let signature = try #require(get.url.split(separator: "=").last)
                for (method, url) in [
                    (.put, get.url), (.get, get.url.replacing("/mine?", with: "/theirs?")),
                    (.get, get.url.replacing(signature, with: String(signature.reversed()))),
                    (.put, try bucket.store.presign(.put, location).url.replacing("/mine?", with: "/theirs?")),
                ] as [(Method, String)] {
                    let refused = try await send(method, url, body: method == .put ? Array("y".utf8) : [])
                    #expect(refused.status == 403, "\(method) \(url)")
                }
                let kept = try await bucket.store.bytes(other, upTo: 10)
                #expect(kept == Array("x".utf8))
                let right = try await send(get)
                #expect(right.status == 200 && right.body == Array("x".utf8))
            }
        },
        Behaviour("A URL that has expired is refused", needs: .presignedChecks) { bucket in
            try await served(bucket) { bucket in
                let location = bucket.location("late")
                try await bucket.store.put(location, .text("x"))
                let past = try slow(bucket.store)
                var options = PresignOptions()
                for (life, isGood) in [(60, false), (600, true)] {
                    options.life = .seconds(life)
                    let get = try await send(past.presign(.get, location, options))
                    let put = try await send(past.presign(.put, location, options), body: Array("y".utf8))
                    // rclone says 400.
                    let statuses = isGood ? [200] : [400, 403]
                    #expect(statuses.contains(get.status) && statuses.contains(put.status), "\(life) s")
                    let kept = try await bucket.store.bytes(location, upTo: 10)
                    #expect(kept == Array((isGood ? "y" : "x").utf8))
                }
            }
        },
        Behaviour("A presigned GET says what the answer is called") { bucket in
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
        Behaviour("A part goes up by a presigned URL") { bucket in
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

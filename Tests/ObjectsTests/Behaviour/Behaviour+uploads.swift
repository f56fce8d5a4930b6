import Objects
import TestKit
import Testing

extension Behaviour {
    private static let part = 5 << 20

    static let uploads = [
        Behaviour("Parts in any order make the object in the order of their numbers") { bucket in
            let location = bucket.location("parts")
            let upload = try await bucket.store.beginUpload(
                location, PutOptions(contentType: "video/mp4", metadata: ["k": "v"]))
            let bytes = Payload.bytes(2 * part + 1000)
            let pieces = [bytes[(2 * part)...], bytes[..<part], bytes[part..<(2 * part)]].map { Array($0) }
            var parts: [UploadedPart] = []
            for (number, piece) in zip([3, 1, 2], pieces) {
                parts.append(try await bucket.store.uploadPart(upload, number: number, .bytes(piece)))
            }
            // Nothing shows before it is complete.
            #expect(isSame(await failure { _ = try await bucket.store.head(location) }, .notFound))
            let info = try await bucket.store.completeUpload(upload, parts)
            #expect(info.size == bytes.count)
            let object = try await bucket.store.get(location)
            #expect(object.info.contentType == "video/mp4" && object.info.metadata["k"] == "v")
            let received = try await object.body.collect(upTo: 1 << 30)
            #expect(received == bytes)
        },
        Behaviour("An upload that was aborted is forgotten") { bucket in
            let location = bucket.location("aborted")
            let upload = try await bucket.store.beginUpload(location, PutOptions())
            let part = try await bucket.store.uploadPart(upload, number: 1, .bytes(Payload.bytes(1000)))
            try await bucket.store.abortUpload(upload)
            let error = await failure { try await bucket.store.completeUpload(upload, [part]) }
            // moto answers 500 here.
            #expect(error != nil)
            #expect(isSame(await failure { _ = try await bucket.store.head(location) }, .notFound))
            try await bucket.store.abortUpload(upload)
        },
        Behaviour("Parts that do not exist, and numbers that cannot, are refused") { bucket in
            let upload = try await bucket.store.beginUpload(bucket.location("wrong"), PutOptions())
            for number in [0, -1, 10_001] {
                #expect(
                    await failure { _ = try await bucket.store.uploadPart(upload, number: number, .text("x")) } != nil)
            }
            let made = UploadedPart(number: 1, entityTag: String(repeating: "0", count: 32))
            #expect(await failure { try await bucket.store.completeUpload(upload, [made]) } != nil)
            #expect(await failure { try await bucket.store.completeUpload(upload, []) } != nil)
            try await bucket.store.abortUpload(upload)
        },
        Behaviour("A part sent again replaces the one before", needs: .partAgain) { bucket in
            let location = bucket.location("again")
            let upload = try await bucket.store.beginUpload(location, PutOptions())
            _ = try await bucket.store.uploadPart(upload, number: 1, .text("first"))
            let second = try await bucket.store.uploadPart(upload, number: 1, .text("second"))
            try await bucket.store.completeUpload(upload, [second])
            let bytes = try await bucket.store.bytes(location, upTo: 100)
            #expect(bytes == Array("second".utf8))
        },
    ]
}

import HTTP
import JSON
import Loop
import Objects
import TestKit
import Testing

@testable import Jobs

@Suite("Artifacts in an object store", .enabled(if: TestQueue.isAvailable, "needs PENTAD_TEST_DATABASE_URL"))
struct ObjectArtifactsTests {
    static let kind = JobKind<Int, Int>("making")

    @Test("are served by their routes, whole and in parts, and go with their job")
    func life() async throws {
        try await ThrowAwayBucket.withDisk { bucket in
            let artifacts = ObjectArtifacts(bucket.store, in: bucket.folder("results"))
            try await TestQueue.with {
                $0.retention = .zero
            } body: { test in
                let handler = JobHandler(Self.kind) { context, number in
                    let output = try #require(artifacts.output("out.txt", of: context))
                    try await bucket.store.put(output.location, .bytes(Array("0123456789".utf8)))
                    try await context.add(JobArtifact(name: "out.txt", location: output.path, size: 10))
                    try await context.add(JobArtifact(name: "gone.txt", location: "elsewhere/gone", size: 3))
                    let forgotten = try #require(artifacts.output("forgotten", of: context))
                    try await bucket.store.put(forgotten.location, .bytes([1]))
                    return number
                }
                var request = try JobRequest(Self.kind, 1)
                request.ownerID = "a"
                let id = try await test.queue.enqueue(request).id
                #expect(await JobStepper(test.queue, handlers: [handler]).step())
                try await TestRoutes.with(test, artifacts: artifacts) { routes in
                    let path = "/jobs/\(id)/artifacts/"
                    let whole = try await routes.request(path + "out.txt")
                    #expect(whole.status == 200 && whole.text == "0123456789")
                    let part = try await routes.request(path + "out.txt", headers: ["range": "bytes=3-5"])
                    #expect(part.status == 206 && part.text == "345")
                    let gone = try await routes.request(path + "gone.txt")
                    #expect(gone.status == 404)
                }
                #expect(try await bucket.store.list(ListRequest(bucket.folder())).objects.count == 2)
                let other = bucket.location("results/jobs/\(id)0/1/out.txt")
                try await bucket.store.put(other, .bytes([1]))
                #expect(try await test.queue.removeFinished(artifacts.removal) == 1)
                let left = try await bucket.store.list(ListRequest(bucket.folder())).objects
                #expect(left.map(\.key) == [other.key])
            }
        }
    }
}

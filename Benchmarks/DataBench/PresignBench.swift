import Glibc
import Loop
import Objects

/// Presigned URLs made on one thread, each for another key as a service makes them: `data-bench presign`.
enum PresignBench {
    private static let seconds = 2.0

    static func run() throws {
        let store = S3Store(
            S3Settings(
                endpoint: ObjectEndpoint("https://s3.ap-northeast-2.amazonaws.com")!, region: "ap-northeast-2",
                credentials: ObjectCredentials(accessKey: "AKIAIOSFODNN7EXAMPLE", secretKey: "secret")))
        for (work, operation) in [("get", PresignOptions.Operation.get), ("put", .put)] {
            let rate = try measure { number in
                var options = PresignOptions()
                if operation == .put {
                    options.contentType = "image/png"
                    options.metadata = ["annotation_id": "121", "user_id": "1"]
                }
                let key = ObjectKey("masks/annotation_121/group_10/slice_\(number).png")!
                return try store.presign(operation, ObjectLocation(BucketName("pacs-masks")!, key), options).url.utf8
                    .count
            }
            print("{\"work\":\"\(work)\",\"per_cpu_second\":\(rate)}")
        }
    }

    private static func measure(_ make: (Int) throws -> Int) throws -> Double {
        for number in 0..<2000 { _ = try make(number) }
        let start = cpuSeconds()
        var (made, bytes) = (0, 0)
        while cpuSeconds() - start < seconds {
            for _ in 0..<1000 {
                bytes &+= try make(made)
                made += 1
            }
        }
        precondition(bytes > made, "a URL is not empty")
        return Double(made) / (cpuSeconds() - start)
    }

    private static func cpuSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

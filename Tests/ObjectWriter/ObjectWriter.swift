import Glibc
import Loop
import Objects

/// Writes to a disk store until somebody kills it, and says what it begins and what is done:
/// `object-writer ROOT FIRST-NUMBER durable|fast`.
///
/// Each lane has keys of its own and does one thing after the other, so whoever reads along knows what each key may hold.
enum ObjectWriter {
    private static let lanes = 3
    private static let keysPerLane = 4

    static func run() -> Never {
        let words = CommandLine.arguments
        Task {
            do {
                try await write(root: words[1], first: Int(words[2])!, isDurable: words[3] == "durable")
            } catch {
                say("failed \(error)")
                exit(1)
            }
        }
        while true { pause() }
    }

    private static func write(root: String, first: Int, isDurable: Bool) async throws {
        var settings = DiskSettings(
            root: root, publicEndpoint: ObjectEndpoint("http://127.0.0.1:8080")!,
            credentials: ObjectCredentials(accessKey: "test", secretKey: "test secret"))
        settings.isDurable = isDurable
        let store = try DiskStore(settings)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for lane in 0..<lanes {
                group.addTask {
                    for number in stride(from: first + lane, through: .max, by: lanes) {
                        try await step(
                            number, ObjectLocation("s3://bucket/lane/\(lane)/\(number / lanes % keysPerLane)")!, store)
                    }
                }
            }
            try await group.next()
        }
    }

    private static func step(_ number: Int, _ location: ObjectLocation, _ store: DiskStore) async throws {
        let isDeletion = number % 5 == 4
        say("\(isDeletion ? "delete" : "put") \(number) \(location.key)")
        let bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: number &* 7919 % 100_000)
        let options = PutOptions(metadata: ["number": "\(number)"])
        if isDeletion {
            try await store.delete(location)
        } else if number % 7 == 6 {
            let upload = try await store.beginUpload(location, options)
            let middle = bytes.count / 2
            var parts: [UploadedPart] = []
            for (index, part) in [bytes[..<middle], bytes[middle...]].enumerated() {
                parts.append(try await store.uploadPart(upload, number: index + 1, .bytes(Array(part))))
            }
            try await store.completeUpload(upload, parts)
        } else {
            try await store.put(location, .bytes(bytes), options)
        }
        say("done \(number) \(location.key)")
    }

    /// In one call, so that a line is written whole or not at all.
    private static func say(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = Glibc.write(1, bytes, bytes.count)
    }
}

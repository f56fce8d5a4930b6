import Engines
import Images
import JSON
import Jobs
import Loop
import Objects
import Postgres

/// Makes a thumbnail: fetches the photo, makes it smaller, has a foreign program say its check sum, stores it.
struct Thumbnailer: Sendable {
    struct Order: Codable, Sendable {
        var photo: UUID
        var side: Int
    }

    struct Thumbnail: Codable, Sendable {
        var width: Int
        var height: Int
    }

    static let kind = JobKind<Order, Thumbnail>("thumbnail", queue: "photos", timeLimit: .seconds(60))

    let store: any ObjectStore
    let artifacts: ObjectArtifacts
    let folder: ObjectFolder
    let engine: Engine
    let limits: ImageLimits

    func make(_ order: Order, _ job: JobContext) async throws -> Thumbnail {
        guard let source = folder.location("photos/\(order.photo)"),
            let (target, path) = artifacts.output("thumbnail.png", of: job)
        else { throw ObjectError.notFound }

        job.stage("reading")
        let bytes = try await store.bytes(source, upTo: limits.maximumBytes)
        // Pixels are work for threads that may be held, not for the loop.
        let (limits, side) = (limits, order.side)
        let (image, png) = try await store.blocking.run {
            let image = try Image.decode(bytes, limits: limits, atLeast: (side, side)).upright()
            let (width, height) = Self.fit(image.width, image.height, within: side)
            return (image, try image.resized(width: width, height: height).encodedPNG())
        }
        job.progress(0.5)

        job.stage("storing")
        try await store.put(target, .bytes(png), PutOptions(contentType: "image/png"))
        let sum = try await checkSum(of: target, job)
        try await job.add(
            JobArtifact(
                name: "thumbnail.png", location: path, size: png.count, contentType: "image/png", sha256: sum))
        // Only while the job is this attempt's: one that was given up has no effect.
        try await job.transaction { transaction in
            try await transaction.execute(
                "UPDATE photos SET width = \(image.width), height = \(image.height) WHERE id = \(order.photo)")
        }
        return Thumbnail(width: image.width, height: image.height)
    }

    /// What a service hands to COLMAP or Whisper, this one hands to `sha256sum`.
    private func checkSum(of object: ObjectLocation, _ job: JobContext) async throws -> String? {
        try await engine.withWorkspace { workspace in
            _ = try await store.download(object, to: workspace.path("thumbnail.png"))
            var sum: String?
            try await engine.run(EngineCommand("sha256sum", ["thumbnail.png"], workspace: workspace)) { line in
                job.log(line.text)
                sum = line.text.split(separator: " ").first.map(String.init)
            }
            return sum
        }
    }

    private static func fit(_ width: Int, _ height: Int, within side: Int) -> (Int, Int) {
        let longer = max(width, height)
        guard longer > side else { return (width, height) }
        return (max(1, width * side / longer), max(1, height * side / longer))
    }
}

extension ImageError: JobFailureConvertible {
    /// The same bytes will not become a picture by trying again.
    public var jobFailure: JobFailure {
        switch self {
        case .stopped, .unreadable: .retryable(code: "image_not_read", message: description)
        default: .permanent(code: "unusable_image", message: description)
        }
    }
}

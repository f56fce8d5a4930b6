/// How an S3 store is reached. `endpoint` and `publicEndpoint` are two, since a presigned URL binds its host.
public struct S3Settings: Sendable {
    public enum Addressing: Sendable {
        /// `http://host/bucket/key`
        case path
        /// `http://bucket.host/key`
        case virtualHost
    }

    public var endpoint: ObjectEndpoint
    /// What presigned URLs name; the same as `endpoint` when nil.
    public var publicEndpoint: ObjectEndpoint?
    public var region: String
    public var addressing: Addressing
    public var credentials: ObjectCredentials
    public var limits = ObjectLimits()
    public var retries = RetryLimits()
    public var connectTime = Duration.seconds(10)
    /// For an answer without a body of any length: head, list, delete.
    public var requestTime = Duration.seconds(30)
    /// For one body up or down.
    public var transferTime = Duration.seconds(3600)
    /// The longest silence in the middle of a body.
    public var silence = Duration.seconds(30)
    /// A file of certificates (PEM) to trust besides the system's.
    public var certificateFile: String?

    public init(
        endpoint: ObjectEndpoint, region: String = "us-east-1", addressing: Addressing = .path,
        credentials: ObjectCredentials
    ) {
        self.endpoint = endpoint
        self.region = region
        self.addressing = addressing
        self.credentials = credentials
    }
}

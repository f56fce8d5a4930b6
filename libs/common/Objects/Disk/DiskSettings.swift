/// How the embedded store keeps objects, and what its presigned URLs say.
public struct DiskSettings: Sendable {
    /// A folder of its own, made when it is not there.
    public var root: String
    /// What presigned URLs name: where the gateway is reached.
    public var publicEndpoint: ObjectEndpoint
    /// Where the service itself is reached, for URLs that its own parts follow; nil for none.
    public var internalEndpoint: ObjectEndpoint?
    /// Sign presigned URLs, as the keys of an S3 store do. Without them a pair is made at the first start and kept in the
    /// folder, which all processes that share it then use.
    public var credentials: ObjectCredentials?
    public var region = "us-east-1"
    public var limits = ObjectLimits()
    /// Writes reach the disk before they count as done.
    public var isDurable = true
    /// Uploads in parts that nobody completes are forgotten after this.
    public var uploadLife = Duration.seconds(7 * 86_400)

    public init(root: String, publicEndpoint: ObjectEndpoint, credentials: ObjectCredentials? = nil) {
        self.root = root
        self.publicEndpoint = publicEndpoint
        self.credentials = credentials
    }

    /// The path below which `ObjectRoutes` serves objects.
    static let path = "/objects"
}

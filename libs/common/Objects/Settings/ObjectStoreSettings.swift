import Configuration

/// Which object store a service has: any that speaks S3, or without settings the embedded one on disk.
public struct ObjectStoreSettings: Sendable {
    public enum Kind: Sendable {
        case s3(S3Settings)
        case disk(DiskSettings)
    }

    public let kind: Kind
    /// The bucket for the service's own objects.
    public let bucket: BucketName

    /// `bucket` is the service's own unless it is told.
    public init(_ settings: inout SettingsReader, bucket: String) {
        self.bucket = settings.value(
            "OBJECTS_BUCKET", .bucket, default: BucketName(bucket)!, "the bucket of the service's objects")
        var limits = ObjectLimits()
        limits.objectBytes = settings.value(
            "OBJECTS_MAX_BYTES", .bytes(1...(5 << 40)), default: limits.objectBytes, "the largest object")
        limits.presignedLife = settings.value(
            "OBJECTS_PRESIGNED_LIFE", .duration(.seconds(1) ... .seconds(3600)), default: limits.presignedLife,
            "how long a presigned URL lives")
        let endpoint = settings.optional(
            "OBJECTS_S3_ENDPOINT", .endpoint, "the S3 server; without it objects are kept on this machine's disk")
        let publicEndpoint = settings.optional(
            "OBJECTS_PUBLIC_ENDPOINT", .endpoint, "what presigned URLs name, when clients reach the store otherwise")
        let region = settings.value(
            "OBJECTS_S3_REGION", .string(maximumLength: 64), default: "us-east-1", "the region that requests name")
        let isVirtualHost = settings.value(
            "OBJECTS_S3_VIRTUAL_HOST", .bool, default: false, "whether the bucket is part of the host's name")
        let accessKey = settings.optional(
            "OBJECTS_ACCESS_KEY", .string(maximumLength: 256), "the name of the key that signs requests")
        let secretKey = settings.optional(
            "OBJECTS_SECRET_KEY", .string(maximumLength: 256), "the key that signs requests", isSecret: true)
        let sessionToken = settings.optional(
            "OBJECTS_SESSION_TOKEN", .string, "the token that comes with a key for a while", isSecret: true)
        let certificates = settings.optional(
            "OBJECTS_S3_CERTIFICATES", .path, "a file of certificates (PEM) to trust besides the system's")
        let root = settings.optional("OBJECTS_DISK_ROOT", .path, "the folder of the embedded store")
        let isDurable = settings.value(
            "OBJECTS_DISK_DURABLE", .bool, default: true, "whether what is stored has reached the disk")

        settings.check(
            accessKey != nil && secretKey != nil,
            "OBJECTS_ACCESS_KEY and OBJECTS_SECRET_KEY: both are needed, to sign requests and presigned URLs")
        let credentials = ObjectCredentials(
            accessKey: accessKey ?? "", secretKey: secretKey ?? "", sessionToken: sessionToken)
        if let endpoint {
            var s3 = S3Settings(
                endpoint: endpoint, region: region, addressing: isVirtualHost ? .virtualHost : .path,
                credentials: credentials)
            s3.publicEndpoint = publicEndpoint
            s3.certificateFile = certificates
            s3.limits = limits
            kind = .s3(s3)
        } else {
            settings.check(
                root != nil && publicEndpoint != nil,
                "without OBJECTS_S3_ENDPOINT objects are kept on disk: OBJECTS_DISK_ROOT must name the folder, and "
                    + "OBJECTS_PUBLIC_ENDPOINT where clients reach the gateway")
            var disk = DiskSettings(
                root: root ?? "", publicEndpoint: publicEndpoint ?? ObjectEndpoint("http://localhost")!,
                credentials: credentials)
            disk.region = region
            disk.isDurable = isDurable
            disk.limits = limits
            kind = .disk(disk)
        }
    }
}

extension SettingKind where Value == ObjectEndpoint {
    static var endpoint: SettingKind {
        SettingKind(
            expectation: "a URL such as https://s3.eu-central-1.amazonaws.com or http://host:9000, without a path",
            placeholder: ObjectEndpoint("http://localhost")!,
            parse: { ObjectEndpoint($0) },
            text: \.description)
    }
}

extension SettingKind where Value == BucketName {
    static var bucket: SettingKind {
        SettingKind(
            expectation: "the name of a bucket: 3 to 63 lower-case letters, digits, dots and hyphens",
            placeholder: BucketName("bucket")!,
            parse: { BucketName($0) },
            text: \.description)
    }
}

extension SettingKind where Value == AllowedFolders {
    /// Where in the object store clients may point to.
    public static var folders: SettingKind {
        SettingKind(
            expectation: "a list of s3://bucket/prefix, separated by commas",
            placeholder: AllowedFolders([]),
            parse: { AllowedFolders($0) },
            text: { $0.folders.map(\.description).joined(separator: ",") })
    }
}

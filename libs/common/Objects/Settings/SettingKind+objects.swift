import Configuration

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

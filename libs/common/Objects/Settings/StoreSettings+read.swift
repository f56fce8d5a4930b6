import Configuration

extension ObjectCredentials {
    /// Nil when none are set.
    init?(_ settings: inout SettingsReader) {
        let accessKey = settings.optional(
            "OBJECTS_ACCESS_KEY", .string(maximumLength: 256), "the name of the key that signs requests")
        let secretKey = settings.optional(
            "OBJECTS_SECRET_KEY", .string(maximumLength: 256),
            "the key that signs requests; the embedded store makes one of its own", isSecret: true)
        let sessionToken = settings.optional(
            "OBJECTS_SESSION_TOKEN", .string, "the token that comes with a key for a while", isSecret: true)
        settings.check(
            (accessKey == nil) == (secretKey == nil),
            "OBJECTS_ACCESS_KEY and OBJECTS_SECRET_KEY: expected both or neither")
        settings.check(
            sessionToken == nil || accessKey != nil,
            "OBJECTS_SESSION_TOKEN goes with a key: OBJECTS_ACCESS_KEY is not set")
        guard let accessKey, let secretKey else { return nil }
        self.init(accessKey: accessKey, secretKey: secretKey, sessionToken: sessionToken)
    }
}

extension S3Settings {
    init(_ settings: inout SettingsReader, endpoint: ObjectEndpoint, credentials: ObjectCredentials) {
        let isVirtualHost = settings.value(
            "OBJECTS_S3_VIRTUAL_HOST", .bool, default: false, "whether the bucket is part of the host's name")
        self.init(endpoint: endpoint, addressing: isVirtualHost ? .virtualHost : .path, credentials: credentials)
        certificateFile = settings.optional(
            "OBJECTS_S3_CERTIFICATES", .path, "a file of certificates (PEM) to trust besides the system's")
        let time = Duration.milliseconds(1) ... .seconds(86_400)
        connectTime = settings.value(
            "OBJECTS_CONNECT_TIMEOUT", .duration(time), default: connectTime,
            "the longest attempt to connect to the S3 server")
        requestTime = settings.value(
            "OBJECTS_REQUEST_TIMEOUT", .duration(time), default: requestTime,
            "the longest that the S3 server may take for what is no object's body: a list, a removal")
        transferTime = settings.value(
            "OBJECTS_TRANSFER_TIMEOUT", .duration(time), default: transferTime,
            "the longest that one body, or one part of it, may take up or down")
        silence = settings.value(
            "OBJECTS_SILENCE_TIMEOUT", .duration(time), default: silence, "the longest silence in the middle of a body")
        retries = RetryLimits(&settings)
    }
}

extension DiskSettings {
    init(_ settings: inout SettingsReader, publicEndpoint: ObjectEndpoint, credentials: ObjectCredentials?) {
        let dataFolder = settings.value(
            "DATA_DIR", .path, default: "data", "the folder for what services of this machine keep on its disk")
        let root = settings.optional(
            "OBJECTS_DISK_ROOT", .path,
            "the folder of the embedded store; without it objects in DATA_DIR, which services share as they would S3")
        self.init(root: root ?? dataFolder + "/objects", publicEndpoint: publicEndpoint, credentials: credentials)
        internalEndpoint = settings.optional(
            "OBJECTS_INTERNAL_ENDPOINT", .endpoint,
            "where the service itself is reached, for URLs of the embedded store that services follow")
        isDurable = settings.value(
            "OBJECTS_DISK_DURABLE", .bool, default: isDurable, "whether what is stored has reached the disk")
        uploadLife = settings.value(
            "OBJECTS_UPLOAD_LIFE", .duration(.seconds(60) ... .seconds(365 * 86_400)), default: uploadLife,
            "how long the embedded store keeps an upload in parts that nobody completes")
    }
}

import Configuration

extension ObjectLimits {
    init(_ settings: inout SettingsReader) {
        objectBytes = settings.value(
            "OBJECTS_MAX_BYTES", .bytes(1...(5 << 40)), default: objectBytes, "the largest object")
        let partRange = Self.protocolPartBytes...Self.protocolBodyBytes
        multipartFrom = settings.value(
            "OBJECTS_MULTIPART_FROM", .bytes(partRange), default: multipartFrom,
            "bodies from this size on go up in parts")
        partBytes = settings.value(
            "OBJECTS_PART_BYTES", .bytes(partRange), default: partBytes,
            "the size of a part; one that is on its way is held in memory when its object comes as a stream")
        partsAtATime = settings.value(
            "OBJECTS_PARTS_AT_ONCE", .int(1...64), default: partsAtATime, "parts of one upload on their way at once")
        let life = Duration.seconds(1)...Self.protocolPresignedLife
        presignedLife = settings.value(
            "OBJECTS_PRESIGNED_LIFE", .duration(life), default: presignedLife, "how long a presigned URL lives")
        maximumPresignedLife = settings.value(
            "OBJECTS_PRESIGNED_MAX_LIFE", .duration(life), default: maximumPresignedLife,
            "how long a presigned URL lives at most, whatever its caller wants")
        settings.check(
            presignedLife <= maximumPresignedLife, "OBJECTS_PRESIGNED_LIFE exceeds OBJECTS_PRESIGNED_MAX_LIFE")
    }
}

extension RetryLimits {
    init(_ settings: inout SettingsReader) {
        attempts = settings.value(
            "OBJECTS_RETRY_ATTEMPTS", .int(1...20), default: attempts,
            "how often a request is sent at most that the S3 server cannot answer")
        firstWait = settings.value(
            "OBJECTS_RETRY_FIRST_WAIT", .duration(.milliseconds(1) ... .seconds(60)), default: firstWait,
            "the longest wait before the second attempt; it doubles with each")
        longestWait = settings.value(
            "OBJECTS_RETRY_LONGEST_WAIT", .duration(.milliseconds(1) ... .seconds(3600)), default: longestWait,
            "the longest wait before any attempt")
        totalTime = settings.value(
            "OBJECTS_RETRY_TIME", .duration(.zero ... .seconds(3600)), default: totalTime,
            "how long after the first attempt a last one may begin")
    }
}

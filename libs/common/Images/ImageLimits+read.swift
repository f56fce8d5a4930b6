import Configuration

extension ImageLimits {
    /// The settings of a service that takes pictures.
    public init(_ settings: inout SettingsReader) {
        self.init()
        maximumPixels = settings.value(
            "IMAGE_MAX_PIXELS", .int(1...1_000_000_000), default: maximumPixels, "pixels of a picture")
        maximumSide = settings.value(
            "IMAGE_MAX_SIDE", .int(1...65_500), default: maximumSide, "the longest side of a picture, in pixels")
        maximumBytes = settings.value(
            "IMAGE_MAX_BYTES", .bytes(1024...(1 << 30)), default: maximumBytes, "the largest file of a picture")
        maximumDecodedBytes = settings.value(
            "IMAGE_MAX_DECODED_BYTES", .bytes((1 << 20)...(8 << 30)), default: maximumDecodedBytes,
            "memory for a picture's pixels")
        maximumWorkingBytes = settings.value(
            "IMAGE_MAX_WORKING_BYTES", .bytes((1 << 20)...(8 << 30)), default: maximumWorkingBytes,
            "memory that decoding a picture may take besides")
        maximumHeaderBytes = settings.value(
            "IMAGE_MAX_HEADER_BYTES", .bytes(1024...(1 << 30)), default: maximumHeaderBytes,
            "how far into a file its dimensions may be, behind profiles and previews")
        maximumSegments = settings.value(
            "IMAGE_MAX_SEGMENTS", .int(1...1_000_000), default: maximumSegments,
            "chunks or segments of a file before its pixels")
        maximumScans = settings.value(
            "IMAGE_MAX_SCANS", .int(10...1000), default: maximumScans, "passes of a progressive JPEG")
    }
}

/// What a picture from outside may ask for. All but the last two are judged by the header, before any pixel.
public struct ImageLimits: Sendable, Equatable {
    public var maximumPixels = 100_000_000
    /// The longest width or height.
    public var maximumSide = 16_384
    /// The file itself.
    public var maximumBytes = 128 << 20
    /// The picture's pixels in memory.
    public var maximumDecodedBytes = 512 << 20
    /// How far into a file its dimensions may hide behind profiles and previews.
    public var maximumHeaderBytes = 4 << 20
    /// The chunks or segments before the pixels.
    public var maximumSegments = 1_000
    /// What the decoder may hold beside the pixels; a progressive JPEG needs two bytes for each of its samples.
    public var maximumWorkingBytes = 512 << 20
    /// The passes of a progressive JPEG, each of which costs as much as a picture.
    public var maximumScans = 100

    public init() {}

    func check(_ header: ImageHeader) throws(ImageError) {
        let (pixels, overflows) = header.width.multipliedReportingOverflow(by: header.height)
        guard max(header.width, header.height) <= maximumSide else {
            throw .tooLarge("\(header.width) x \(header.height) pixels; a side may have \(maximumSide)")
        }
        guard !overflows, pixels <= maximumPixels else {
            throw .tooLarge("\(header.width) x \(header.height) pixels; it may have \(maximumPixels) in all")
        }
    }

    func checkDecoded(width: Int, height: Int, bytesPerPixel: Int) throws(ImageError) {
        let (bytes, overflows) = width.multipliedReportingOverflow(by: height * bytesPerPixel)
        guard !overflows, bytes <= maximumDecodedBytes else {
            throw .tooLarge("it takes more than \(maximumDecodedBytes) bytes in memory")
        }
    }

    func checkEncoded(count: Int) throws(ImageError) {
        guard count <= maximumBytes else { throw .tooLarge("\(count) bytes; it may have \(maximumBytes)") }
    }
}

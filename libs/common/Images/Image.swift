/// A picture in memory: rows from the top, without gaps, of samples that lie side by side.
///
///     let photo = try Image.decode(path: "photo.jpg").upright()
///     let small = photo.resized(width: 640, height: 480)
///     let png = try small.encodedPNG()
///
/// PNG and JPEG come in and go out; what a picture is, its first bytes say, never its name. The header is read and
/// held against `ImageLimits` before anything is allocated for pixels. All work is done on the calling thread, which
/// therefore should be one for blocking work.
public struct Image: Sendable, Equatable {
    public let width: Int
    public let height: Int
    public let format: PixelFormat
    /// How the pixels must be turned to be seen as they were taken; `upright()` does it.
    public var orientation: Orientation
    /// `height` rows of `bytesPerRow`; 16-bit samples are in the machine's order. Alpha is not premultiplied.
    public internal(set) var bytes: [UInt8]

    public var bytesPerRow: Int { width * format.bytesPerPixel }

    /// A picture of pixels that are already there: exactly `width * height * format.bytesPerPixel` bytes.
    public init(width: Int, height: Int, format: PixelFormat, bytes: [UInt8], orientation: Orientation = .up) {
        precondition(width > 0 && height > 0, "a picture has at least one pixel")
        precondition(bytes.count == width * height * format.bytesPerPixel, "the bytes are not those of the picture")
        self.width = width
        self.height = height
        self.format = format
        self.bytes = bytes
        self.orientation = orientation
    }

    /// A picture of zeroes: black, and transparent where the format knows it.
    public init(width: Int, height: Int, format: PixelFormat) {
        let bytes = [UInt8](repeating: 0, count: width * height * format.bytesPerPixel)
        self.init(width: width, height: height, format: format, bytes: bytes)
    }

    /// One value a channel, whatever the depth.
    public subscript(x: Int, y: Int, channel: Int) -> Int {
        get {
            let place = place(x, y, channel)
            guard format.bitsPerSample == 16 else { return Int(bytes[place]) }
            return bytes.withUnsafeBytes { Int($0.loadUnaligned(fromByteOffset: place, as: UInt16.self)) }
        }
        set {
            let place = place(x, y, channel)
            guard format.bitsPerSample == 16 else { return bytes[place] = UInt8(newValue) }
            bytes.withUnsafeMutableBytes { $0.storeBytes(of: UInt16(newValue), toByteOffset: place, as: UInt16.self) }
        }
    }

    private func place(_ x: Int, _ y: Int, _ channel: Int) -> Int {
        precondition(
            x >= 0 && x < width && y >= 0 && y < height && channel >= 0 && channel < format.channels,
            "outside of the picture")
        return ((y * width + x) * format.channels + channel) * format.bytesPerSample
    }
}

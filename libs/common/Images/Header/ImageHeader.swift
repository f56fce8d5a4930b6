/// What a picture says of itself before its pixels.
public struct ImageHeader: Sendable, Equatable {
    public enum Format: String, Sendable { case png, jpeg }

    /// How a pixel is stored, which is not how it is decoded: a palette becomes RGB, inks too.
    public enum Colours: String, Sendable {
        case gray, grayAlpha, rgb, rgba, palette, yCbCr, cmyk, ycck
    }

    public var format: Format
    /// As stored, before any turning.
    public var width: Int
    public var height: Int
    /// Bits of a sample, or of a palette's index.
    public var bitDepth: Int
    public var colours: Colours
    /// An alpha channel, or a transparent colour of a PNG.
    public var hasAlpha = false
    /// An interlaced PNG, a progressive JPEG.
    public var isProgressive = false
    /// A PNG with more pictures than the one that is decoded.
    public var isAnimated = false
    public var orientation = Orientation.up

    /// The samples of a stored pixel.
    public var channels: Int {
        switch colours {
        case .gray, .palette: 1
        case .grayAlpha: 2
        case .rgb, .yCbCr: 3
        case .rgba, .cmyk, .ycck: 4
        }
    }

    public var uprightWidth: Int { orientation.swapsSides ? height : width }
    public var uprightHeight: Int { orientation.swapsSides ? width : height }

    /// What the picture is decoded into.
    public var decodedFormat: PixelFormat {
        let isGray = colours == .gray || colours == .grayAlpha
        let format = PixelFormat(
            channels: (isGray ? 1 : 3) + (hasAlpha ? 1 : 0), bitsPerSample: bitDepth == 16 ? 16 : 8)
        return format ?? .rgb8
    }

    /// Reads the header from a file's first bytes. `truncated` says that it needs more of them; whatever is within
    /// the first 64 KiB is usual, more than `maximumHeaderBytes` is refused.
    public static func read(
        _ prefix: UnsafeRawBufferPointer, limits: ImageLimits = ImageLimits()
    ) throws(ImageError) -> ImageHeader {
        let bytes = HeaderBytes(UnsafeRawBufferPointer(rebasing: prefix.prefix(limits.maximumHeaderBytes)))
        do throws(ImageError) {
            switch FileKind(prefix) {
            case .png: return try readPNG(bytes, maximumChunks: limits.maximumSegments)
            case .jpeg: return try readJPEG(bytes, maximumSegments: limits.maximumSegments)
            case let other: throw bytes.count < 4 ? .truncated : .notAPicture(other)
            }
        } catch .truncated where prefix.count >= limits.maximumHeaderBytes {
            throw .tooLarge("its header has more than \(limits.maximumHeaderBytes) bytes")
        }
    }

    public static func read(_ prefix: [UInt8], limits: ImageLimits = ImageLimits()) throws(ImageError) -> ImageHeader {
        let result = prefix.withUnsafeBytes { bytes in
            Result { () throws(ImageError) in try read(bytes, limits: limits) }
        }
        return try result.get()
    }
}

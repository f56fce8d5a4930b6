/// A mask or another picture whose samples are names rather than brightness: of a PNG with a palette its indices,
/// of a gray PNG the stored values, which are not spread over 0...255.
///
///     let mask = try IndexedImage.decode(bytes)
///     let labels = Set(mask.indices)
public struct IndexedImage: Sendable, Equatable {
    public let width: Int
    public let height: Int
    /// Bits of a stored index: 1, 2, 4 or 8.
    public let bitDepth: Int
    /// One byte a pixel, rows from the top.
    public let indices: [UInt8]
    /// Empty for a gray picture. A file may hold indices beyond its end, which stand for black.
    public let palette: [Colour]

    /// A picture to be encoded, in as few bits as the palette needs.
    public init(width: Int, height: Int, indices: [UInt8], palette: [Colour]) {
        precondition((1...256).contains(palette.count), "a palette has 1 to 256 colours")
        let bitDepth = palette.count > 16 ? 8 : palette.count > 4 ? 4 : palette.count > 2 ? 2 : 1
        self.init(width: width, height: height, bitDepth: bitDepth, indices: indices, palette: palette)
    }

    /// Gray values of a depth of 1, 2, 4 or 8 bits.
    public init(width: Int, height: Int, grayDepth: Int, values: [UInt8]) {
        self.init(width: width, height: height, bitDepth: grayDepth, indices: values, palette: [])
    }

    private init(width: Int, height: Int, bitDepth: Int, indices: [UInt8], palette: [Colour]) {
        precondition(width > 0 && height > 0, "a picture has at least one pixel")
        precondition(indices.count == width * height, "there is one index a pixel")
        precondition([1, 2, 4, 8].contains(bitDepth), "an index has 1, 2, 4 or 8 bits")
        self.width = width
        self.height = height
        self.bitDepth = bitDepth
        self.indices = indices
        self.palette = palette
    }

    /// Decodes a PNG with a palette, or a gray one of 8 bits at most; others are `unsupported`.
    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: ImageLimits = ImageLimits(),
        shouldStop: @escaping StopCheck = { false }
    ) throws(ImageError) -> IndexedImage {
        try limits.checkEncoded(count: bytes.count)
        let header = try ImageHeader.read(bytes, limits: limits)
        try limits.check(header)
        guard header.format == .png, header.colours == .palette || header.colours == .gray, header.bitDepth <= 8 else {
            throw .unsupported("it holds neither indices nor gray values of 8 bits at most")
        }
        try limits.checkDecoded(width: header.width, height: header.height, bytesPerPixel: 1)
        let reader = try PNGReader(bytes, raw: true, limits)
        guard reader.byteCount == header.width * header.height else {
            throw .malformed("it contradicts its own header")
        }
        let indices = try reader.rows(shouldStop)
        return IndexedImage(
            width: header.width, height: header.height, bitDepth: header.bitDepth, indices: indices,
            palette: header.colours == .palette ? reader.palette : [])
    }

    public static func decode(
        _ bytes: [UInt8], limits: ImageLimits = ImageLimits(), shouldStop: @escaping StopCheck = { false }
    ) throws(ImageError) -> IndexedImage {
        let result = bytes.withUnsafeBytes { bytes in
            Result { () throws(ImageError) in try decode(bytes, limits: limits, shouldStop: shouldStop) }
        }
        return try result.get()
    }
}

import CPNG

extension Image {
    /// A PNG of just these pixels, the same bytes for the same pixels. Levels go from 0, stored, to 9, the smallest.
    /// The orientation is not written: turn the picture `upright()` first.
    public func encodedPNG(
        level: Int = 6, shouldStop: @escaping StopCheck = { false }
    ) throws(ImageError) -> [UInt8] {
        // Type 0 is gray, a colour adds 2, alpha adds 4.
        let type = (format.isGray ? 0 : 2) + (format.hasAlpha ? 4 : 0)
        var picture = cpng_picture()
        picture.width = UInt32(width)
        picture.height = UInt32(height)
        picture.row_bytes = bytesPerRow
        picture.color_type = Int32(type)
        picture.depth = Int32(format.bitsPerSample)
        return try encodePNG(picture, rows: bytes, palette: [], level, shouldStop)
    }
}

extension IndexedImage {
    /// A PNG with a palette, or gray where there is none. An index that the palette or the depth lacks is refused.
    public func encodedPNG(
        level: Int = 6, shouldStop: @escaping StopCheck = { false }
    ) throws(ImageError) -> [UInt8] {
        let bound = palette.isEmpty ? 1 << bitDepth : palette.count
        guard indices.allSatisfy({ Int($0) < bound }) else { throw .unsupported("an index of \(bound) or more") }
        var picture = cpng_picture()
        picture.width = UInt32(width)
        picture.height = UInt32(height)
        picture.row_bytes = width
        picture.color_type = palette.isEmpty ? 0 : 3
        picture.depth = Int32(bitDepth)
        let colours = palette.flatMap { [$0.red, $0.green, $0.blue, $0.alpha] }
        return try encodePNG(picture, rows: indices, palette: colours, level, shouldStop)
    }
}

private func encodePNG(
    _ picture: cpng_picture, rows: [UInt8], palette: [UInt8], _ level: Int, _ shouldStop: @escaping StopCheck
) throws(ImageError) -> [UInt8] {
    precondition((0...9).contains(level), "a level of compression is 0 to 9")
    var picture = picture
    picture.compression = Int32(level)
    picture.palette_count = Int32(palette.count / 4)
    var encoded: UnsafeMutablePointer<UInt8>?
    var count = 0
    let stop = StopContext(shouldStop)
    let written = rows.withUnsafeBufferPointer { rows in
        palette.withUnsafeBufferPointer { palette in
            picture.rows = rows.baseAddress
            picture.palette = palette.baseAddress
            return stop.withPointer { context in
                withErrorText(capacity: CPNG_ERROR_BYTES) {
                    cpng_encode(&picture, StopContext.poll, context, &encoded, &count, $0)
                }
            }
        }
    }
    switch written.answer {
    case CPNG_DONE: return takenBytes(encoded, count: count)
    case CPNG_STOPPED: throw .stopped
    default: throw .unsupported(written.text)
    }
}

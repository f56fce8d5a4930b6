import CPNG

/// libpng over bytes that outlive it.
struct PNGReader: ~Copyable {
    private let reader: OpaquePointer
    let layout: cpng_layout

    /// `raw` leaves the samples as they are stored, one byte each.
    init(_ bytes: UnsafeRawBufferPointer, raw: Bool, _ limits: ImageLimits) throws(ImageError) {
        var layout = cpng_layout()
        var result = CPNG_REFUSED
        var bounds = cpng_limits(
            width: UInt32(clamping: limits.maximumSide), height: UInt32(clamping: limits.maximumSide),
            chunk_bytes: limits.maximumHeaderBytes, chunks: UInt32(clamping: limits.maximumSegments))
        let opened = withErrorText(capacity: CPNG_ERROR_BYTES) { text in
            cpng_open(bytes.baseAddress, bytes.count, &bounds, raw ? 1 : 0, &layout, &result, text)
        }
        guard let reader = opened.answer else { throw ImageError(result, opened.text) ?? .malformed(opened.text) }
        self.reader = reader
        self.layout = layout
    }

    deinit {
        cpng_close(reader)
    }

    var byteCount: Int { layout.row_bytes * Int(layout.height) }

    /// Once only.
    func rows(_ shouldStop: @escaping StopCheck) throws(ImageError) -> [UInt8] {
        let stop = StopContext(shouldStop)
        return try filledBytes(count: byteCount) { (rows) throws(ImageError) in
            let read = stop.withPointer { context in
                withErrorText(capacity: CPNG_ERROR_BYTES) { cpng_read(reader, rows, StopContext.poll, context, $0) }
            }
            if let error = ImageError(read.answer, read.text) { throw error }
        }
    }

    var palette: [Colour] {
        var colours = [UInt8](repeating: 0, count: Int(layout.palette_count) * 4)
        cpng_palette(reader, &colours)
        return stride(from: 0, to: colours.count, by: 4).map {
            Colour(red: colours[$0], green: colours[$0 + 1], blue: colours[$0 + 2], alpha: colours[$0 + 3])
        }
    }
}

extension ImageError {
    init?(_ result: cpng_result, _ text: String) {
        switch result {
        case CPNG_DONE: return nil
        case CPNG_TRUNCATED: self = .truncated
        case CPNG_STOPPED: self = .stopped
        default: self = .malformed(text)
        }
    }
}

extension Image {
    static func decodePNG(
        _ bytes: UnsafeRawBufferPointer, _ header: ImageHeader, _ limits: ImageLimits, _ shouldStop: @escaping StopCheck
    ) throws(ImageError) -> Image {
        let expected = header.decodedFormat
        try limits.checkDecoded(width: header.width, height: header.height, bytesPerPixel: expected.bytesPerPixel)
        let reader = try PNGReader(bytes, raw: false, limits)
        let layout = reader.layout
        guard
            let format = PixelFormat(channels: Int(layout.channels), bitsPerSample: Int(layout.depth)),
            Int(layout.width) == header.width, Int(layout.height) == header.height,
            layout.row_bytes == header.width * format.bytesPerPixel, format.bytesPerPixel <= expected.bytesPerPixel
        else { throw .malformed("it contradicts its own header") }
        let rows = try reader.rows(shouldStop)
        return Image(width: header.width, height: header.height, format: format, bytes: rows)
    }
}

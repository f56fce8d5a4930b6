import CJPEG

struct JPEGWish {
    var asGray = false
    var atLeast: (width: Int, height: Int)?
}

/// libjpeg over bytes that outlive it.
struct JPEGReader: ~Copyable {
    private let reader: OpaquePointer
    let layout: cjpeg_layout

    init(_ bytes: UnsafeRawBufferPointer, _ wish: cjpeg_wish) throws(ImageError) {
        var wish = wish
        var layout = cjpeg_layout()
        var result = CJPEG_REFUSED
        let opened = withErrorText(capacity: CJPEG_ERROR_BYTES) { text in
            cjpeg_open(bytes.baseAddress, bytes.count, &wish, &layout, &result, text)
        }
        guard let reader = opened.answer else { throw ImageError(result, opened.text) ?? .malformed(opened.text) }
        self.reader = reader
        self.layout = layout
    }

    deinit {
        cjpeg_close(reader)
    }

    /// Once only.
    func rows(_ shouldStop: @escaping StopCheck) throws(ImageError) -> [UInt8] {
        let stop = StopContext(shouldStop)
        return try filledBytes(count: layout.row_bytes * Int(layout.height)) { (rows) throws(ImageError) in
            let read = stop.withPointer { context in
                withErrorText(capacity: CJPEG_ERROR_BYTES) { cjpeg_read(reader, rows, StopContext.poll, context, $0) }
            }
            if let error = ImageError(read.answer, read.text) { throw error }
        }
    }
}

extension ImageError {
    init?(_ result: cjpeg_result, _ text: String) {
        switch result {
        case CJPEG_DONE: return nil
        case CJPEG_TRUNCATED: self = .truncated
        case CJPEG_STOPPED: self = .stopped
        case CJPEG_TOO_LARGE: self = .tooLarge(text)
        default: self = .malformed(text)
        }
    }
}

extension Image {
    static func decodeJPEG(
        _ bytes: UnsafeRawBufferPointer, _ header: ImageHeader, _ limits: ImageLimits, _ wanted: JPEGWish,
        _ shouldStop: @escaping StopCheck
    ) throws(ImageError) -> Image {
        var wish = cjpeg_wish(
            working_bytes: limits.maximumWorkingBytes, scans: Int32(clamping: limits.maximumScans),
            gray: wanted.asGray ? 1 : 0, width: 0, height: 0)
        if let size = wanted.atLeast {
            let (width, height) = header.orientation.swapsSides ? (size.height, size.width) : (size.width, size.height)
            wish.width = UInt32(clamping: width)
            wish.height = UInt32(clamping: height)
        }
        let reader = try JPEGReader(bytes, wish)
        let layout = reader.layout
        guard
            let format = PixelFormat(channels: Int(layout.channels), bitsPerSample: 8),
            Int(layout.full_width) == header.width, Int(layout.full_height) == header.height
        else { throw .malformed("it contradicts its own header") }
        let (width, height) = (Int(layout.width), Int(layout.height))
        try limits.checkDecoded(width: width, height: height, bytesPerPixel: format.bytesPerPixel)
        return Image(width: width, height: height, format: format, bytes: try reader.rows(shouldStop))
    }
}

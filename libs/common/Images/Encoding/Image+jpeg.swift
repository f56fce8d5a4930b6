import CJPEG

/// How a JPEG keeps colour beside brightness.
public enum ColourSampling: String, Sendable {
    /// At half the width and height, as cameras do (4:2:0).
    case half
    /// In full (4:4:4), for drawings and text.
    case full
}

extension Image {
    /// A JPEG of a `gray8` or `rgb8` picture; others are `unsupported` and are to be converted first.
    /// Quality goes from 1 to 100. The orientation is not written: turn the picture `upright()` first.
    public func encodedJPEG(
        quality: Int = 90, sampling: ColourSampling = .half, progressive: Bool = false,
        shouldStop: @escaping StopCheck = { false }
    ) throws(ImageError) -> [UInt8] {
        precondition((1...100).contains(quality), "a quality is 1 to 100")
        guard format == .gray8 || format == .rgb8 else { throw .unsupported("JPEG of \(format.rawValue) pixels") }
        guard max(width, height) <= 65_500 else { throw .unsupported("JPEG with a side of more than 65500 pixels") }
        var picture = cjpeg_picture()
        picture.width = UInt32(width)
        picture.height = UInt32(height)
        picture.row_bytes = bytesPerRow
        picture.channels = Int32(format.channels)
        picture.quality = Int32(quality)
        picture.halves_color = sampling == .half ? 1 : 0
        picture.progressive = progressive ? 1 : 0
        var encoded: UnsafeMutablePointer<UInt8>?
        var count = 0
        let stop = StopContext(shouldStop)
        let written = bytes.withUnsafeBufferPointer { rows in
            picture.rows = rows.baseAddress
            return stop.withPointer { context in
                withErrorText(capacity: CJPEG_ERROR_BYTES) {
                    cjpeg_encode(&picture, StopContext.poll, context, &encoded, &count, $0)
                }
            }
        }
        switch written.answer {
        case CJPEG_DONE: return takenBytes(encoded, count: count)
        case CJPEG_STOPPED: throw .stopped
        default: throw .unsupported(written.text)
        }
    }
}

import Images
import TestKit

extension SeededGenerator {
    mutating func image(_ width: Int, _ height: Int, _ format: PixelFormat) -> Image {
        Image(width: width, height: height, format: format, bytes: bytes(width * height * format.bytesPerPixel))
    }
}

@testable import Images

/// Any bytes as a picture's beginning: what is said of a prefix holds for all of it, and nothing impossible is said.
func fuzzImageHeader(_ bytes: UnsafeRawBufferPointer) {
    checkHeader(bytes)
    mended(bytes)?.withUnsafeBytes { checkHeader($0) }
}

private func checkHeader(_ bytes: UnsafeRawBufferPointer) {
    _ = FileKind(bytes)
    guard let header = try? ImageHeader.read(bytes) else { return }
    precondition(header.width > 0 && header.height > 0 && (1...4).contains(header.channels))
    precondition([1, 2, 4, 8, 16].contains(header.bitDepth))
    precondition(header.uprightWidth * header.uprightHeight == header.width * header.height)
    for count in [0, 1, bytes.count / 2, bytes.count - 1] where count >= 0 {
        do throws(ImageError) {
            let shorter = try ImageHeader.read(UnsafeRawBufferPointer(rebasing: bytes.prefix(count)))
            precondition(shorter == header, "a prefix has another header")
        } catch {
            precondition(error == .truncated, "a prefix is refused for another reason: \(error)")
        }
    }
}

/// Any bytes as a whole picture within small limits: the pixels are of the size that the header says, and what was
/// decoded can be turned, resized and encoded, from which it comes back.
func fuzzImage(_ bytes: UnsafeRawBufferPointer) {
    checkImage(bytes)
    mended(bytes)?.withUnsafeBytes { checkImage($0) }
}

private func checkImage(_ bytes: UnsafeRawBufferPointer) {
    var limits = ImageLimits()
    limits.maximumSide = 256
    limits.maximumPixels = 1 << 14
    limits.maximumWorkingBytes = 4 << 20
    limits.maximumScans = 20
    if let indexed = try? IndexedImage.decode(bytes, limits: limits) {
        precondition(indexed.indices.allSatisfy { Int($0) < 1 << indexed.bitDepth })
    }
    guard let image = try? Image.decode(bytes, limits: limits) else { return }
    guard let header = try? ImageHeader.read(bytes) else { preconditionFailure("pixels without a header") }
    precondition(image.width == header.width && image.height == header.height)
    precondition(image.format.channels <= header.decodedFormat.channels && image.orientation == header.orientation)
    let small = image.upright().resized(width: 3, height: 2)
    guard let png = try? small.encodedPNG(level: 1), let again = try? Image.decode(png) else {
        preconditionFailure("a picture is not encoded, or not decoded again")
    }
    precondition(again == small)
    _ = image.converted(to: .gray8)
    _ = try? Image.decode(bytes, limits: limits, asGray: true, atLeast: (image.width / 3 + 1, image.height / 3 + 1))
}

/// A PNG with right check sums, which chance would never find; nil where they were right before.
private func mended(_ bytes: UnsafeRawBufferPointer) -> [UInt8]? {
    guard FileKind(bytes) == .png else { return nil }
    var copy = Array(bytes)
    let header = HeaderBytes(bytes)
    var place = 8
    while let length = header.number(at: place, bytes: 4), place + 12 + length <= bytes.count {
        let sum = header.crc32(place + 4..<place + 8 + length)
        for index in 0..<4 {
            copy[place + 8 + length + index] = UInt8(truncatingIfNeeded: sum >> UInt32(24 - 8 * index))
        }
        place += 12 + length
    }
    return copy.elementsEqual(bytes) ? nil : copy
}

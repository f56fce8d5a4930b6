extension ImageHeader {
    /// Walks from segment to segment up to the frame's header, or fails where it cannot follow.
    static func readJPEG(_ bytes: HeaderBytes, maximumSegments: Int) throws(ImageError) -> ImageHeader {
        var next = 2
        var adobeTransform: Int?
        var orientation: Orientation?
        for _ in 0..<maximumSegments {
            let (marker, content) = try segment(bytes, &next)
            switch marker {
            case 0xc0...0xc3, 0xc5...0xc7, 0xc9...0xcb, 0xcd...0xcf:
                var header = try frame(marker, bytes.part(content), adobeTransform)
                header.orientation = orientation ?? .up
                return header
            case 0xda: throw .malformed("its pixels come before its header")
            case 0xe1 where bytes.has(Array("Exif\0\0".utf8), at: content.lowerBound) && orientation == nil:
                orientation = Orientation(exif: bytes.part(content.dropFirst(6)))
            case 0xee where content.count >= 12 && bytes.has(Array("Adobe".utf8), at: content.lowerBound):
                adobeTransform = Int(bytes[content.lowerBound + 11])
            default: break
            }
        }
        throw .tooLarge("it has more than \(maximumSegments) segments before its header")
    }

    /// The next marker with its content, all of which is there.
    private static func segment(
        _ bytes: HeaderBytes, _ next: inout Int
    ) throws(ImageError) -> (marker: UInt8, content: Range<Int>) {
        guard next < bytes.count else { throw .truncated }
        guard bytes[next] == 0xff else { throw .malformed("a segment does not begin with a marker") }
        // Any number of these may fill the space before a marker.
        while next < bytes.count, bytes[next] == 0xff { next += 1 }
        guard next < bytes.count else { throw .truncated }
        let marker = bytes[next]
        guard marker >= 0xc0, !(0xd0...0xd9).contains(marker) else {
            throw .malformed("marker \(marker) before its header")
        }
        guard let length = bytes.number(at: next + 1, bytes: 2) else { throw .truncated }
        guard length >= 2 else { throw .malformed("a segment has an impossible length") }
        let content = next + 3..<next + 1 + length
        guard content.upperBound <= bytes.count else { throw .truncated }
        next = content.upperBound
        return (marker, content)
    }

    private static func frame(
        _ marker: UInt8, _ bytes: HeaderBytes, _ adobeTransform: Int?
    ) throws(ImageError) -> ImageHeader {
        guard
            let depth = bytes.number(at: 0, bytes: 1), let height = bytes.number(at: 1, bytes: 2),
            let width = bytes.number(at: 3, bytes: 2), let components = bytes.number(at: 5, bytes: 1),
            bytes.count == 6 + 3 * components
        else { throw .malformed("its header has a wrong length") }
        switch marker {
        case 0xc0, 0xc1, 0xc2, 0xc9, 0xca: break
        case 0xc3, 0xcb: throw .unsupported("lossless JPEG")
        default: throw .unsupported("hierarchical JPEG")
        }
        guard depth == 8 else { throw .unsupported("JPEG with samples of \(depth) bits") }
        guard width > 0 else { throw .malformed("it has no width") }
        guard height > 0 else { throw .unsupported("JPEG that gives its height after its pixels") }
        guard let colours = colours(components, bytes, adobeTransform) else {
            throw .unsupported("JPEG with \(components) components")
        }
        for component in 0..<components {
            let factors = bytes[7 + 3 * component]
            guard (1...4).contains(factors >> 4), (1...4).contains(factors & 15), bytes[8 + 3 * component] < 4 else {
                throw .malformed("its header has impossible sampling factors")
            }
        }
        return ImageHeader(
            format: .jpeg, width: width, height: height, bitDepth: depth, colours: colours,
            isProgressive: marker == 0xc2 || marker == 0xca)
    }

    private static func colours(_ components: Int, _ bytes: HeaderBytes, _ adobeTransform: Int?) -> Colours? {
        switch (components, adobeTransform) {
        case (1, _): .gray
        case (3, 0): .rgb
        case (3, nil) where (0..<3).map({ bytes[6 + 3 * $0] }) == Array("RGB".utf8): .rgb
        case (3, _): .yCbCr
        case (4, 2): .ycck
        case (4, _): .cmyk
        default: nil
        }
    }
}

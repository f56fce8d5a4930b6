extension Image {
    /// The picture as it is meant to be seen, its orientation used up.
    public func upright() -> Image {
        guard orientation != .up else { return self }
        return switch format.bytesPerPixel {
        case 1: turned(UInt8.self)
        case 2: turned(UInt16.self)
        case 3: turned(Three<UInt8>.self)
        case 4: turned(UInt32.self)
        case 6: turned(Three<UInt16>.self)
        default: turned(UInt64.self)
        }
    }

    private struct Three<Sample: BitwiseCopyable>: BitwiseCopyable {
        var first, second, third: Sample
    }

    /// In tiles, because where rows become columns, one side is read or written across all of its rows.
    private func turned<Pixel: BitwiseCopyable>(_: Pixel.Type) -> Image {
        let side = 32
        let (newWidth, newHeight) = orientation.swapsSides ? (height, width) : (width, height)
        let walk = SourceWalk(orientation, width: width, height: height)
        let turned = bytes.withUnsafeBytes { source in
            filledBytes(count: bytes.count) { bytes in
                let source = source.assumingMemoryBound(to: Pixel.self)
                let target = UnsafeMutableRawPointer(bytes).assumingMemoryBound(to: Pixel.self)
                for top in stride(from: 0, to: newHeight, by: side) {
                    for left in stride(from: 0, to: newWidth, by: side) {
                        for y in top..<min(top + side, newHeight) {
                            for x in left..<min(left + side, newWidth) {
                                target[y * newWidth + x] = source[walk.start + x * walk.perColumn + y * walk.perRow]
                            }
                        }
                    }
                }
            }
        }
        return Image(width: newWidth, height: newHeight, format: format, bytes: turned)
    }
}

/// Where a pixel of the turned picture was: it began at `start`, and each step to the right or down is one there.
private struct SourceWalk {
    let start, perColumn, perRow: Int

    init(_ orientation: Orientation, width: Int, height: Int) {
        let last = width * height - 1
        (start, perColumn, perRow) =
            switch orientation {
            case .up: (0, 1, width)
            case .mirrored: (width - 1, -1, width)
            case .down: (last, -1, -width)
            case .downMirrored: (last - width + 1, 1, -width)
            case .transposed: (0, width, 1)
            case .right: (last - width + 1, -width, 1)
            case .transversed: (last, -width, -1)
            case .left: (width - 1, width, -1)
            }
    }
}

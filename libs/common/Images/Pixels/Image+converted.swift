extension Image {
    /// The same picture in another format. Colours become gray by their brightness (ITU-R BT.601); where alpha is
    /// dropped, the picture is laid over `background`; depths are scaled over their whole range and rounded.
    public func converted(to target: PixelFormat, over background: Colour = .white) -> Image {
        guard target != format else { return self }
        var image = self
        if target.channels != format.channels {
            image =
                format.bitsPerSample == 8
                ? image.withChannels(target.channels, background, as: UInt8.self)
                : image.withChannels(target.channels, background, as: UInt16.self)
        }
        if target.bitsPerSample > format.bitsPerSample { image = image.deepened() }
        if target.bitsPerSample < format.bitsPerSample { image = image.flattened() }
        return image
    }

    private func with(_ format: PixelFormat, _ bytes: [UInt8]) -> Image {
        Image(width: width, height: height, format: format, bytes: bytes, orientation: orientation)
    }

    /// Eight bits to sixteen.
    private func deepened() -> Image {
        let deep = filledBytes(count: bytes.count * 2) { target in
            target.withMemoryRebound(to: UInt16.self, capacity: bytes.count) { target in
                for index in bytes.indices { target[index] = UInt16(bytes[index]) &* 257 }
            }
        }
        return with(PixelFormat(channels: format.channels, bitsPerSample: 16)!, deep)
    }

    /// Sixteen bits to eight.
    private func flattened() -> Image {
        let count = bytes.count / 2
        let flat = bytes.withUnsafeBytes { source in
            let samples = source.assumingMemoryBound(to: UInt16.self)
            return filledBytes(count: count) { target in
                // The same as rounding sample / 257, without the division.
                for index in 0..<count { target[index] = UInt8((UInt32(samples[index]) &* 255 &+ 32_895) >> 16) }
            }
        }
        return with(PixelFormat(channels: format.channels, bitsPerSample: 8)!, flat)
    }

    private func withChannels<Sample: FixedWidthInteger & UnsignedInteger>(
        _ channels: Int, _ background: Colour, as: Sample.Type
    ) -> Image {
        let target = PixelFormat(channels: channels, bitsPerSample: format.bitsPerSample)!
        let pixels = width * height
        let converter = PixelConverter<Sample>(from: format.channels, to: channels, background)
        let converted = bytes.withUnsafeBytes { source in
            filledBytes(count: pixels * target.bytesPerPixel) { bytes in
                bytes.withMemoryRebound(to: Sample.self, capacity: pixels * channels) { samples in
                    converter.convert(source.assumingMemoryBound(to: Sample.self).baseAddress!, samples, count: pixels)
                }
            }
        }
        return with(target, converted)
    }
}

/// From one number of channels to another, at the same depth.
private struct PixelConverter<Sample: FixedWidthInteger & UnsignedInteger> {
    let from, to: Int
    private let background: (red: UInt64, green: UInt64, blue: UInt64)

    init(from: Int, to: Int, _ background: Colour) {
        let scale = UInt64(Sample.max) / 255
        self.from = from
        self.to = to
        self.background = (
            UInt64(background.red) * scale, UInt64(background.green) * scale, UInt64(background.blue) * scale
        )
    }

    func convert(_ source: UnsafePointer<Sample>, _ target: UnsafeMutablePointer<Sample>, count: Int) {
        let losesAlpha = from % 2 == 0 && to % 2 == 1
        for index in 0..<count {
            let pixel = source + index * from
            var red = UInt64(pixel[0])
            var (green, blue) = from < 3 ? (red, red) : (UInt64(pixel[1]), UInt64(pixel[2]))
            let alpha = from % 2 == 0 ? UInt64(pixel[from - 1]) : UInt64(Sample.max)
            if losesAlpha {
                red = laid(red, over: background.red, alpha)
                green = laid(green, over: background.green, alpha)
                blue = laid(blue, over: background.blue, alpha)
            }
            let result = target + index * to
            if to < 3 {
                result[0] = Sample((red &* 19_595 &+ green &* 38_470 &+ blue &* 7_471 &+ 32_768) >> 16)
            } else {
                result[0] = Sample(red)
                result[1] = Sample(green)
                result[2] = Sample(blue)
            }
            if to % 2 == 0 { result[to - 1] = Sample(alpha) }
        }
    }

    private func laid(_ value: UInt64, over background: UInt64, _ alpha: UInt64) -> UInt64 {
        let whole = UInt64(Sample.max)
        return (value &* alpha &+ background &* (whole - alpha) &+ whole / 2) / whole
    }
}

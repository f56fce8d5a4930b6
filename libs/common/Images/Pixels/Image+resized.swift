extension Image {
    /// The picture at another size: each new pixel is the average of the area that it covers, weighted by alpha.
    ///
    /// Exact for every ratio, rounded once at the end, at a cost linear in both sizes. Made larger, a picture shows its
    /// pixels as blocks. Brightness is averaged as it is stored.
    public func resized(width newWidth: Int, height newHeight: Int) -> Image {
        precondition(newWidth > 0 && newHeight > 0, "a picture has at least one pixel")
        guard newWidth != width || newHeight != height else { return self }
        let average = AreaAverage(
            channels: format.channels, hasAlpha: format.hasAlpha, across: Coverage(from: width, to: newWidth),
            down: Coverage(from: height, to: newHeight))
        let count = newWidth * newHeight * format.channels
        let resized = bytes.withUnsafeBytes { source in
            filledBytes(count: count * format.bytesPerSample) { target in
                let target = UnsafeMutableRawPointer(target)
                if format.bitsPerSample == 8 {
                    average.run(source.assumingMemoryBound(to: UInt8.self), target.assumingMemoryBound(to: UInt8.self))
                } else {
                    average.run(
                        source.assumingMemoryBound(to: UInt16.self), target.assumingMemoryBound(to: UInt16.self))
                }
            }
        }
        return Image(width: newWidth, height: newHeight, format: format, bytes: resized, orientation: orientation)
    }

    /// Made smaller, keeping its proportions, so that neither side is longer than this; never made larger.
    public func fitted(width maximumWidth: Int, height maximumHeight: Int) -> Image {
        precondition(maximumWidth > 0 && maximumHeight > 0, "a picture has at least one pixel")
        guard width > maximumWidth || height > maximumHeight else { return self }
        if width * maximumHeight > height * maximumWidth {
            return resized(width: maximumWidth, height: max(1, (height * maximumWidth + width / 2) / width))
        }
        return resized(width: max(1, (width * maximumHeight + height / 2) / height), height: maximumHeight)
    }
}

extension Image {
    /// Decodes a whole PNG or JPEG. A picture that lacks any of its pixels is an error, never a guess.
    ///
    /// - Parameters:
    ///   - asGray: gray of the same depth, on white where it was transparent; for a JPEG quicker than converting.
    ///   - atLeast: a size, seen upright, that is enough: a larger JPEG may be decoded to a half, a quarter or an
    ///     eighth, at a fraction of the cost. The exact size is left to `resized`.
    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: ImageLimits = ImageLimits(), asGray: Bool = false,
        atLeast: (width: Int, height: Int)? = nil, shouldStop: @escaping StopCheck = { false }
    ) throws(ImageError) -> Image {
        try limits.checkEncoded(count: bytes.count)
        let header = try ImageHeader.read(bytes, limits: limits)
        try limits.check(header)
        var image: Image
        switch header.format {
        case .png:
            image = try decodePNG(bytes, header, limits, shouldStop)
            if asGray { image = image.converted(to: image.format.bitsPerSample == 16 ? .gray16 : .gray8) }
        case .jpeg:
            image = try decodeJPEG(bytes, header, limits, JPEGWish(asGray: asGray, atLeast: atLeast), shouldStop)
            if asGray { image = image.converted(to: .gray8) }
        }
        image.orientation = header.orientation
        return image
    }

    public static func decode(
        _ bytes: [UInt8], limits: ImageLimits = ImageLimits(), asGray: Bool = false,
        atLeast: (width: Int, height: Int)? = nil, shouldStop: @escaping StopCheck = { false }
    ) throws(ImageError) -> Image {
        let result = bytes.withUnsafeBytes { bytes in
            Result { () throws(ImageError) in
                try decode(bytes, limits: limits, asGray: asGray, atLeast: atLeast, shouldStop: shouldStop)
            }
        }
        return try result.get()
    }

    /// Decodes a regular file, of which no more than `limits.maximumBytes` are read.
    public static func decode(
        path: String, limits: ImageLimits = ImageLimits(), asGray: Bool = false,
        atLeast: (width: Int, height: Int)? = nil, shouldStop: @escaping StopCheck = { false }
    ) throws(ImageError) -> Image {
        let bytes = try ImageFile(path: path).wholeBytes(limits: limits)
        return try decode(bytes, limits: limits, asGray: asGray, atLeast: atLeast, shouldStop: shouldStop)
    }
}

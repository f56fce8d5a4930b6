/// What a pixel is made of.
public enum PixelFormat: String, Sendable, CaseIterable {
    case gray8, gray16
    case grayAlpha8, grayAlpha16
    case rgb8, rgb16
    case rgba8, rgba16

    public var channels: Int {
        switch self {
        case .gray8, .gray16: 1
        case .grayAlpha8, .grayAlpha16: 2
        case .rgb8, .rgb16: 3
        case .rgba8, .rgba16: 4
        }
    }

    public var bitsPerSample: Int {
        switch self {
        case .gray8, .grayAlpha8, .rgb8, .rgba8: 8
        case .gray16, .grayAlpha16, .rgb16, .rgba16: 16
        }
    }

    /// Alpha is always the last channel.
    public var hasAlpha: Bool { channels == 2 || channels == 4 }
    public var isGray: Bool { channels < 3 }
    public var bytesPerSample: Int { bitsPerSample / 8 }
    public var bytesPerPixel: Int { channels * bytesPerSample }

    public init?(channels: Int, bitsPerSample: Int) {
        let found = Self.allCases.first { $0.channels == channels && $0.bitsPerSample == bitsPerSample }
        guard let found else { return nil }
        self = found
    }
}

/// What a file's first bytes say it is. Only the first two kinds are decoded; the others make errors helpful.
public enum FileKind: String, Sendable, CaseIterable {
    case png, jpeg
    case gif, webp, tiff, heif, avif, bmp, jpegXL, jpeg2000, icon, photoshop, openEXR, dicom, netpbm, mng
    case svg, html, pdf, zip, gzip, video

    var phrase: String {
        switch self {
        case .png: "a PNG picture"
        case .jpeg: "a JPEG picture"
        case .gif: "a GIF picture"
        case .webp: "a WebP picture"
        case .tiff: "a TIFF picture"
        case .heif: "a HEIC (HEIF) picture"
        case .avif: "an AVIF picture"
        case .bmp: "a BMP picture"
        case .jpegXL: "a JPEG XL picture"
        case .jpeg2000: "a JPEG 2000 picture"
        case .icon: "a Windows icon"
        case .photoshop: "a Photoshop document"
        case .openEXR: "an OpenEXR picture"
        case .dicom: "a DICOM file"
        case .netpbm: "a PBM, PGM or PPM picture"
        case .mng: "an MNG or JNG picture"
        case .svg: "an SVG drawing"
        case .html: "an HTML page"
        case .pdf: "a PDF document"
        case .zip: "a ZIP archive"
        case .gzip: "gzip data"
        case .video: "a video"
        }
    }

    /// Looks at no more than the first kilobyte.
    public init?(_ bytes: UnsafeRawBufferPointer) {
        let bytes = HeaderBytes(UnsafeRawBufferPointer(rebasing: bytes.prefix(1024)))
        guard let kind = Self.byMagic(bytes) ?? Self.byBrand(bytes) ?? Self.byText(bytes) else { return nil }
        self = kind
    }

    public init?(_ bytes: [UInt8]) {
        guard let kind = bytes.withUnsafeBytes({ FileKind($0) }) else { return nil }
        self = kind
    }

    private static let magics: [(kind: FileKind, offset: Int, magic: [UInt8])] = [
        (.png, 0, [0x89, 0x50, 0x4e, 0x47]), (.jpeg, 0, [0xff, 0xd8, 0xff]), (.gif, 0, Array("GIF8".utf8)),
        (.webp, 8, Array("WEBP".utf8)), (.tiff, 0, [0x49, 0x49, 0x2a, 0]), (.tiff, 0, [0x4d, 0x4d, 0, 0x2a]),
        (.tiff, 0, [0x49, 0x49, 0x2b, 0]), (.tiff, 0, [0x4d, 0x4d, 0, 0x2b]),
        (.jpegXL, 0, [0xff, 0x0a]), (.jpegXL, 0, [0, 0, 0, 0x0c, 0x4a, 0x58, 0x4c, 0x20]),
        (.jpeg2000, 0, [0, 0, 0, 0x0c, 0x6a, 0x50, 0x20, 0x20]), (.jpeg2000, 0, [0xff, 0x4f, 0xff, 0x51]),
        (.photoshop, 0, Array("8BPS".utf8)), (.openEXR, 0, [0x76, 0x2f, 0x31, 0x01]), (.dicom, 128, Array("DICM".utf8)),
        (.mng, 0, [0x8a, 0x4d, 0x4e, 0x47]), (.mng, 0, [0x8b, 0x4a, 0x4e, 0x47]), (.pdf, 0, Array("%PDF-".utf8)),
        (.zip, 0, [0x50, 0x4b, 3, 4]), (.gzip, 0, [0x1f, 0x8b]), (.video, 0, [0x1a, 0x45, 0xdf, 0xa3]),
        (.icon, 0, [0, 0, 1, 0]), (.bmp, 0, Array("BM".utf8)),
    ]

    private static func byMagic(_ bytes: HeaderBytes) -> FileKind? {
        if let found = magics.first(where: { bytes.has($0.magic, at: $0.offset) }) { return found.kind }
        guard bytes.count > 2, bytes[0] == UInt8(ascii: "P"), (0x31...0x37).contains(bytes[1]) else { return nil }
        return [0x20, 0x09, 0x0a, 0x0d].contains(bytes[2]) ? .netpbm : nil
    }

    /// The ISO base media family names itself after `ftyp`.
    private static func byBrand(_ bytes: HeaderBytes) -> FileKind? {
        guard bytes.count >= 12, bytes.has(Array("ftyp".utf8), at: 4) else { return nil }
        switch bytes.text(8..<12) {
        case "avif", "avis": return .avif
        case "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1": return .heif
        default: return .video
        }
    }

    private static func byText(_ bytes: HeaderBytes) -> FileKind? {
        let text = bytes.text(0..<bytes.count).lowercased()
        guard let first = text.first(where: { !$0.isWhitespace && $0 != "\u{feff}" }), first == "<" else { return nil }
        if text.contains("<svg") { return .svg }
        return text.contains("<html") || text.contains("<!doctype html") ? .html : nil
    }
}

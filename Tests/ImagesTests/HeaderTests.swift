import Foundation
import Testing

@testable import Images

@Suite("The header")
struct HeaderTests {
    private static let dicom = [UInt8](repeating: 0, count: 128) + Array("DICM".utf8)
    private static let otherFiles: [(String, [UInt8])] = [
        ("a GIF picture", Array("GIF89a\u{1}\0\u{1}\0".utf8)),
        ("a WebP picture", Array("RIFF\u{10}\0\0\0WEBPVP8 ".utf8)),
        ("a TIFF picture", [0x49, 0x49, 0x2a, 0, 8, 0, 0, 0]), ("a TIFF picture", [0x4d, 0x4d, 0, 0x2a, 0, 0, 0, 8]),
        ("a HEIC (HEIF) picture", Array("\0\0\0\u{18}ftypheic\0\0\0\0".utf8)),
        ("an AVIF picture", Array("\0\0\0\u{18}ftypavif\0\0\0\0".utf8)),
        ("a video", Array("\0\0\0\u{18}ftypisom\0\0\0\0".utf8)),
        ("a BMP picture", Array("BM\u{46}\0\0\0".utf8)), ("a PDF document", Array("%PDF-1.7\n".utf8)),
        ("an SVG drawing", Array("<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'/>".utf8)),
        ("an HTML page", Array("\n<!DOCTYPE html><html>".utf8)), ("a DICOM file", dicom),
        ("a ZIP archive", [0x50, 0x4b, 3, 4, 0, 0]), ("a PBM, PGM or PPM picture", Array("P6\n1 1\n255\n".utf8)),
        ("a JPEG XL picture", [0xff, 0x0a, 0, 0]), ("a Photoshop document", Array("8BPS\0\u{1}".utf8)),
    ]

    @Test(
        "Other kinds of files are named in the error",
        arguments: otherFiles)
    func otherKinds(phrase: String, bytes: [UInt8]) {
        let error = imageError { () throws(ImageError) in _ = try ImageHeader.read(bytes) }
        #expect(error?.description == "expected a PNG or JPEG picture, this is \(phrase)")
    }

    @Test(
        "What is nothing known is refused as such", arguments: [Array("hello, world".utf8), [0xff, 0xd8, 0x00, 0x00]])
    func unknown(bytes: [UInt8]) {
        #expect(imageError { () throws(ImageError) in _ = try ImageHeader.read(bytes) } == .notAPicture(nil))
    }

    @Test("A PNG's header says all that is needed before its pixels")
    func png() throws {
        let file =
            PNGMaker.signature + PNGMaker.header(640, 480, depth: 4, type: 3, interlaced: true)
            + PNGMaker.chunk("acTL", PNGMaker.big(2) + PNGMaker.big(0)) + PNGMaker.chunk("PLTE", [1, 2, 3])
            + PNGMaker.chunk("tRNS", [0]) + PNGMaker.chunk("eXIf", JPEGMaker.exif(6, bigEndian: true))
        #expect(
            try ImageHeader.read(file + PNGMaker.chunk("IDAT"))
                == ImageHeader(
                    format: .png, width: 640, height: 480, bitDepth: 4, colours: .palette, hasAlpha: true,
                    isProgressive: true, isAnimated: true, orientation: .right))
        for count in 0..<file.count {
            #expect(
                imageError { () throws(ImageError) in _ = try ImageHeader.read(Array(file[..<count])) } == .truncated)
        }
    }

    @Test(
        "A PNG's header that contradicts the standard is refused",
        arguments: [
            PNGMaker.header(0, 1), PNGMaker.header(1, 0), PNGMaker.header(1, 1 << 31), PNGMaker.header(1, 1, depth: 3),
            PNGMaker.header(1, 1, depth: 16, type: 3), PNGMaker.header(1, 1, depth: 4, type: 2),
            PNGMaker.header(1, 1, type: 1),
            PNGMaker.header(1, 1, depth: 4, type: 6), PNGMaker.header(1, 1, type: 5), PNGMaker.header(1, 1, type: 255),
            PNGMaker.chunk("IHDR", [0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 1, 0, 0]),
            PNGMaker.chunk("IHDR", [0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 1, 0]),
            PNGMaker.chunk("IHDR", [0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 2]),
            PNGMaker.header(1, 1) + PNGMaker.header(1, 1), PNGMaker.header(1, 1) + PNGMaker.chunk("IEND"),
            PNGMaker.header(1, 1) + PNGMaker.chunk("I\0AT"), PNGMaker.header(1, 1, type: 3),
            PNGMaker.header(1, 1).dropLast() + [0], PNGMaker.chunk("tEXt", [UInt8](repeating: 65, count: 13)),
        ])
    func badPNG(chunks: [UInt8]) {
        let file = PNGMaker.signature + chunks + PNGMaker.chunk("IDAT", [0])
        guard case .malformed = imageError({ () throws(ImageError) in _ = try ImageHeader.read(file) }) else {
            Issue.record("it was not refused as damaged")
            return
        }
    }

    @Test(
        "Every way of JPEG is told apart",
        arguments: Array(UInt8(0xc0)...0xcf).filter { ![0xc4, 0xc8, 0xcc].contains($0) })
    func frames(marker: UInt8) {
        let file = [0xff, 0xd8] + JPEGMaker.frame(marker, 640, 480)
        let result = Result { () throws(ImageError) in try ImageHeader.read(file) }
        switch marker {
        case 0xc0, 0xc1, 0xc2, 0xc9, 0xca:
            let isProgressive = marker == 0xc2 || marker == 0xca
            #expect(
                result
                    == .success(
                        ImageHeader(
                            format: .jpeg, width: 640, height: 480, bitDepth: 8, colours: .yCbCr,
                            isProgressive: isProgressive)))
        default:
            guard case .failure(.unsupported) = result else {
                Issue.record("marker \(marker) gave \(result)")
                return
            }
        }
    }

    @Test(
        "The colours of a JPEG follow from its components and Adobe's segment",
        arguments: [
            ([1], nil, ImageHeader.Colours.gray), ([1, 2, 3], nil, .yCbCr), ([1, 2, 3], 0, .rgb),
            ([1, 2, 3], 1, .yCbCr),
            ([82, 71, 66], nil, .rgb), ([1, 2, 3, 4], nil, .cmyk), ([1, 2, 3, 4], 0, .cmyk), ([1, 2, 3, 4], 2, .ycck),
        ] as [([UInt8], UInt8?, ImageHeader.Colours)])
    func colours(components: [UInt8], transform: UInt8?, colours: ImageHeader.Colours) throws {
        let adobe = transform.map { JPEGMaker.adobe(transform: $0) } ?? []
        let header = try ImageHeader.read([0xff, 0xd8] + adobe + JPEGMaker.frame(1, 1, components: components))
        #expect(header.colours == colours && header.channels == components.count)
    }

    @Test("The orientation is read in both orders of bytes", arguments: 1...8, [true, false])
    func orientation(value: Int, bigEndian: Bool) throws {
        for type in [3, 4] {
            let exif = JPEGMaker.segment(
                0xe1, Array("Exif\0\0".utf8) + JPEGMaker.exif(value, bigEndian: bigEndian, type: type))
            let header = try ImageHeader.read([0xff, 0xd8] + exif + JPEGMaker.frame(30, 20))
            #expect(header.orientation.rawValue == value)
            #expect((header.uprightWidth, header.uprightHeight) == (value < 5 ? (30, 20) : (20, 30)))
        }
    }

    @Test("An orientation that cannot be is none", arguments: [0, 9, 65_535])
    func oddOrientation(value: Int) throws {
        let exif = JPEGMaker.segment(0xe1, Array("Exif\0\0".utf8) + JPEGMaker.exif(value, bigEndian: true))
        #expect(try ImageHeader.read([0xff, 0xd8] + exif + JPEGMaker.frame(30, 20)).orientation == .up)
    }

    @Test("A JPEG's header that cannot be is refused")
    func badJPEG() {
        let start: [UInt8] = [0xff, 0xd8]
        let cases: [[UInt8]] = [
            JPEGMaker.frame(0, 1), JPEGMaker.frame(1, 0), JPEGMaker.frame(1, 1, components: []),
            JPEGMaker.frame(1, 1, components: [1, 2]), JPEGMaker.frame(1, 1, components: [1, 2, 3, 4, 5]),
            JPEGMaker.frame(1, 1, depth: 12), JPEGMaker.segment(0xda, [1, 1, 0, 0, 63, 0]), [0xff, 0xe0, 0, 1, 0],
            [0xff, 0xd9, 0, 0], [0xff, 0xd0, 0, 0], JPEGMaker.segment(0xc0, [8, 0, 1, 0, 1, 3, 1, 0x11, 0]),
            JPEGMaker.segment(0xc0, [8, 0, 1, 0, 1, 1, 1, 0x51, 0]), JPEGMaker.segment(0xfe, [0]) + [7],
        ]
        for (index, bytes) in cases.enumerated() {
            switch imageError({ () throws(ImageError) in _ = try ImageHeader.read(start + bytes) }) {
            case .malformed, .unsupported, .notAPicture: continue
            case let other: Issue.record("case \(index) gave \(String(describing: other))")
            }
        }
    }

    @Test("The walk to a header is bounded in steps and in bytes")
    func bounds() {
        func file(_ count: Int, _ size: Int) -> [UInt8] {
            let segment = JPEGMaker.segment(0xfe, [UInt8](repeating: 0, count: size))
            return [0xff, 0xd8] + Array(repeatElement(segment, count: count).joined()) + JPEGMaker.frame(1, 1)
        }
        for file in [file(1001, 1), file(80, 65_000)] {
            guard case .tooLarge = imageError({ () throws(ImageError) in _ = try ImageHeader.read(file) }) else {
                Issue.record("it was not refused as too large")
                continue
            }
        }
    }

    @Test("The header of every picture foretells its pixels", .enabled(if: Python.hasPillow))
    func foretells() throws {
        for picture in Pictures.png + Pictures.jpeg {
            let header = try ImageHeader.read(picture.bytes)
            let image = try Image.decode(picture.bytes)
            #expect((header.width, header.height) == (image.width, image.height), "\(picture.name)")
            #expect(header.decodedFormat == image.format, "\(picture.name)")
            #expect(header.orientation == image.orientation && header.orientation.rawValue == picture.orientation ?? 1)
        }
    }
}

/// What was thrown, for comparing.
func imageError(_ body: () throws(ImageError) -> Void) -> ImageError? {
    do throws(ImageError) {
        try body()
        return nil
    } catch {
        return error
    }
}

extension JPEGMaker {
    static func frame(_ width: Int, _ height: Int, components: [UInt8] = [1, 2, 3], depth: UInt8 = 8) -> [UInt8] {
        frame(0xc0, width, height, components: components, depth: depth)
    }
}

import Foundation
import Testing

@testable import Images

@Suite("Decoding", .enabled(if: Python.hasPillow, "Pillow is not installed"))
struct DecodingTests {
    @Test("Every colour type and depth of PNG, interlaced or not, gives its pixels")
    func png() throws {
        #expect(Pictures.png.count == 156)
        for picture in Pictures.png {
            let image = try Image.decode(picture.bytes)
            #expect((image.width, image.height) == (picture.width, picture.height), "\(picture.name)")
            #expect(
                image.format.rawValue == picture.format && image.bytes == [UInt8](picture.pixels), "\(picture.name)")
        }
    }

    @Test("Palettes and shallow grays also give their stored values")
    func raw() throws {
        var seen = 0
        for picture in Pictures.png {
            let bytes = picture.bytes
            guard let raw = picture.raw else {
                let error = imageError { () throws(ImageError) in _ = try IndexedImage.decode(bytes) }
                guard case .unsupported = error else {
                    Issue.record("\(picture.name) gave \(String(describing: error))")
                    continue
                }
                continue
            }
            let indexed = try IndexedImage.decode(bytes)
            #expect(indexed.indices == [UInt8](raw), "\(picture.name)")
            guard !indexed.palette.isEmpty else { continue }
            seen += 1
            let image = try Image.decode(bytes).converted(to: .rgba8)
            let coloured = indexed.indices.flatMap { index in
                let colour = indexed.palette[Int(index)]
                return [colour.red, colour.green, colour.blue, colour.alpha]
            }
            #expect(coloured == image.bytes, "\(picture.name)")
        }
        #expect(seen == 48)
    }

    @Test("Baseline, progressive, gray, CMYK and YCCK JPEGs look as in Pillow")
    func jpeg() throws {
        for picture in Pictures.jpeg where picture.orientation == nil {
            let image = try Image.decode(picture.bytes)
            #expect(image.format.rawValue == picture.format, "\(picture.name)")
            let difference = try #require(image.difference(from: [UInt8](picture.pixels)), "\(picture.name)")
            #expect(difference.largest <= 3 && difference.mean <= 0.25, "\(picture.name): \(difference)")
        }
    }

    @Test("Inks without Adobe's mark are not inverted")
    func plainInks() throws {
        let picture = try #require(Pictures.jpeg.first { $0.name == "CMYK (33, 19), sampling 0" })
        var file = picture.bytes
        let place = try #require(file.indices.first { file[$0...].starts(with: Array("Adobe".utf8)) })
        file[place] = UInt8(ascii: "a")
        let (plain, inverted) = (try Image.decode(file), try Image.decode(picture.bytes))
        let inks = [UInt8](picture.pixels)
        // Black is the darkest ink: the darker of the two pictures for light inks is the one that was not inverted.
        #expect(plain.format == .rgb8 && plain.bytes != inverted.bytes && inverted.difference(from: inks)!.largest <= 3)
    }

    @Test("All eight orientations come upright", arguments: 1...8)
    func orientations(value: Int) throws {
        for picture in Pictures.jpeg where picture.orientation == value {
            let image = try Image.decode(picture.bytes)
            let upright = image.upright()
            #expect((upright.width, upright.height) == (picture.width, picture.height))
            #expect(upright.orientation == .up && image.orientation.rawValue == value)
            let difference = try #require(upright.difference(from: [UInt8](picture.pixels)))
            #expect(difference.largest <= (picture.name.hasPrefix("PNG") ? 0 : 3), "\(picture.name): \(difference)")
        }
    }

    @Test(
        "A JPEG may be decoded smaller, but no smaller than wanted",
        arguments: [(100, 75), (51, 38), (50, 38), (25, 19), (20, 19), (13, 10), (1, 1)])
    func scaled(width: Int, height: Int) throws {
        let picture = try #require(Pictures.jpeg.first { $0.name == "RGB (100, 75), sampling 2" })
        let whole = try Image.decode(picture.bytes)
        let image = try Image.decode(picture.bytes, atLeast: (width, height))
        #expect(image.width >= width && image.height >= height)
        #expect([1, 2, 4, 8].map { (100 + $0 - 1) / $0 }.contains(image.width))
        #expect(image.width / 2 < width || image.height / 2 < height || image.width == 13)
        let difference = try #require(
            image.difference(from: whole.resized(width: image.width, height: image.height).bytes))
        #expect(difference.mean < 10)
    }

    @Test("Gray on demand is the picture's brightness")
    func gray() throws {
        for picture in Pictures.jpeg + Pictures.png {
            let image = try Image.decode(picture.bytes)
            let gray = try Image.decode(picture.bytes, asGray: true)
            #expect(gray.format == (image.format.bitsPerSample == 16 ? .gray16 : .gray8))
            let converted = image.converted(to: gray.format)
            let difference = try #require(gray.difference(from: converted.bytes))
            // A JPEG's own brightness was never squeezed into the cube of colours.
            #expect(difference.largest == 0 || picture.format == "rgb8" && difference.mean < 4, "\(picture.name)")
        }
    }

    @Test("What follows the end of a picture is passed over")
    func trailing() throws {
        for picture in [Pictures.png[0], Pictures.jpeg[0]] {
            #expect(try Image.decode(picture.bytes + [1, 2, 3]) == Image.decode(picture.bytes))
        }
    }
}

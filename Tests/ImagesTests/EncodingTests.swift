import Foundation
import TestKit
import Testing

@testable import Images

@Suite("Encoding")
struct EncodingTests {
    private struct ReadPNG: Decodable {
        let width: Int
        let height: Int
        let depth: Int
        let kind: Int
        let pixels: Data
        let palette: [[UInt8]]
        let chunks: [String]
    }

    private struct ReadJPEG: Decodable {
        let width: Int
        let height: Int
        let mode: String
        let pixels: Data
        let progressive: Bool
        let layers: [[Int]]
    }

    @Test(
        "Pictures of every format are read back by Python alike",
        .enabled(if: Python.hasPillow, "Pillow is not installed"))
    func png() throws {
        var random = SeededGenerator(seed: 1)
        let images = PixelFormat.allCases.flatMap { format in
            [(1, 1), (17, 9), (64, 33)].map { random.image($0.0, $0.1, format) }
        }
        let files = try images.enumerated().map { Data(try $1.encodedPNG(level: $0 % 10)) }
        let read: [ReadPNG] = try Python.ask(PythonPrograms.readPNGs, files)
        for (image, read) in zip(images, read) {
            #expect((read.width, read.height, read.depth) == (image.width, image.height, image.format.bitsPerSample))
            #expect([UInt8](read.pixels) == image.bytes, "\(image.format)")
            #expect(Set(read.chunks) == ["IHDR", "IDAT", "IEND"])
        }
    }

    @Test(
        "Palettes and shallow grays are read back by Python alike",
        .enabled(if: Python.hasPillow, "Pillow is not installed"))
    func indexed() throws {
        var random = SeededGenerator(seed: 2)
        var images: [IndexedImage] = []
        for count in [1, 2, 3, 4, 5, 16, 17, 256] {
            let palette = (0..<count).map { index in
                let parts = random.bytes(4)
                return Colour(red: parts[0], green: parts[1], blue: parts[2], alpha: index < count / 2 ? parts[3] : 255)
            }
            let indices = random.bytes(33 * 7).map { $0 % UInt8(clamping: count) }
            images.append(IndexedImage(width: 33, height: 7, indices: indices, palette: palette))
        }
        for depth in [1, 2, 4, 8] {
            let values = random.bytes(13 * 5).map { $0 >> UInt8(8 - depth) }
            images.append(IndexedImage(width: 13, height: 5, grayDepth: depth, values: values))
        }
        let read: [ReadPNG] = try Python.ask(PythonPrograms.readPNGs, try images.map { Data(try $0.encodedPNG()) })
        for (image, read) in zip(images, read) {
            #expect((read.width, read.height, read.depth) == (image.width, image.height, image.bitDepth))
            #expect(read.kind == (image.palette.isEmpty ? 0 : 3) && [UInt8](read.pixels) == image.indices)
            #expect(read.palette == image.palette.map { [$0.red, $0.green, $0.blue, $0.alpha] })
            #expect(try IndexedImage.decode(image.encodedPNG()) == image)
        }
    }

    @Test(
        "Every format comes back from our own PNG, and the same picture gives the same bytes",
        arguments: PixelFormat.allCases)
    func roundTrip(format: PixelFormat) throws {
        var random = SeededGenerator(seed: 6)
        for _ in 0..<20 {
            let image = random.image(.random(in: 1...40, using: &random), .random(in: 1...40, using: &random), format)
            let file = try image.encodedPNG(level: 1)
            #expect(try Image.decode(file) == image)
            #expect(try image.encodedPNG(level: 1) == file)
        }
    }

    @Test("An index without a colour is refused")
    func missingColour() {
        let image = IndexedImage(width: 2, height: 1, indices: [0, 1], palette: [.white])
        #expect(
            imageError { () throws(ImageError) in _ = try image.encodedPNG() } == .unsupported("an index of 1 or more"))
    }

    @Test(
        "JPEGs are what was asked for, and look like the picture",
        .enabled(if: Python.hasPillow, "Pillow is not installed"))
    func jpeg() throws {
        var asked: [(image: Image, sampling: ColourSampling, progressive: Bool)] = []
        for format in [PixelFormat.gray8, .rgb8] {
            for sampling in [ColourSampling.half, .full] {
                for progressive in [false, true] { asked.append((smooth(61, 47, format), sampling, progressive)) }
            }
        }
        let files = try asked.map {
            Data(try $0.image.encodedJPEG(quality: 95, sampling: $0.sampling, progressive: $0.progressive))
        }
        let read: [ReadJPEG] = try Python.ask(PythonPrograms.readJPEGs, files)
        for ((image, sampling, progressive), read) in zip(asked, read) {
            #expect((read.width, read.height) == (61, 47) && read.mode == (image.format == .gray8 ? "L" : "RGB"))
            #expect(read.progressive == progressive)
            #expect(read.layers.count == image.format.channels)
            if image.format == .rgb8 { #expect(read.layers[0] == (sampling == .half ? [2, 2] : [1, 1])) }
            let difference = try #require(image.difference(from: [UInt8](read.pixels)))
            #expect(difference.mean < 2.5 && difference.largest < 40, "\(difference)")
        }
    }

    @Test("A lower quality is smaller; a large picture is whole")
    func quality() throws {
        var random = SeededGenerator(seed: 8)
        let noise = random.image(500, 400, .rgb8)
        let sizes = try [5, 50, 95].map { try noise.encodedJPEG(quality: $0).count }
        #expect(sizes == sizes.sorted() && sizes[2] > 65_536 && Set(sizes).count == 3)
        let image = try Image.decode(noise.encodedJPEG(quality: 100, sampling: .full))
        #expect(try #require(image.difference(from: noise.bytes)).mean < 2)
    }

    @Test("What JPEG cannot hold is refused", arguments: PixelFormat.allCases.filter { $0 != .gray8 && $0 != .rgb8 })
    func unsupported(format: PixelFormat) {
        let image = Image(width: 2, height: 2, format: format)
        let error = imageError { () throws(ImageError) in _ = try image.encodedJPEG() }
        #expect(error == .unsupported("JPEG of \(format.rawValue) pixels"))
    }

    private func smooth(_ width: Int, _ height: Int, _ format: PixelFormat) -> Image {
        var image = Image(width: width, height: height, format: format)
        for y in 0..<height {
            for x in 0..<width {
                for channel in 0..<format.channels { image[x, y, channel] = (x * 2 + y * (channel + 1)) / 2 + 60 }
            }
        }
        return image
    }
}

import Foundation
import TestKit
import Testing

@testable import Images

@Suite("Pixels")
struct PixelTests {
    private struct Resizing: Encodable {
        let format: String
        let width: Int
        let height: Int
        let newWidth: Int
        let newHeight: Int
        let channels: Int
        let deep: Bool
        let pixels: Data
    }

    private struct Resized: Decodable {
        let exact: Data
        let pillow: Data?
    }

    @Test(
        "Resizing is the exact average of areas, and Pillow's for whole ratios",
        .enabled(if: Python.hasPillow, "Pillow is not installed"))
    func resizing() throws {
        var random = SeededGenerator(seed: 11)
        var cases: [(Image, Int, Int)] = []
        for format in PixelFormat.allCases {
            for (width, height, newWidth, newHeight) in [
                (12, 8, 6, 4), (12, 9, 4, 3), (24, 24, 3, 3), (12, 10, 5, 7), (7, 5, 3, 2), (5, 7, 1, 1), (3, 2, 7, 5),
                (2, 2, 4, 4), (9, 1, 4, 1), (1, 9, 1, 4), (16, 3, 5, 8),
            ] {
                cases.append((random.image(width, height, format), newWidth, newHeight))
            }
        }
        let asked = cases.map { image, newWidth, newHeight in
            Resizing(
                format: image.format.rawValue, width: image.width, height: image.height, newWidth: newWidth,
                newHeight: newHeight, channels: image.format.channels, deep: image.format.bitsPerSample == 16,
                pixels: Data(image.bytes))
        }
        let answers: [Resized] = try Python.ask(PythonPrograms.resize, asked)
        var compared = 0
        for ((image, newWidth, newHeight), answer) in zip(cases, answers) {
            let resized = image.resized(width: newWidth, height: newHeight)
            #expect(
                resized.bytes == [UInt8](answer.exact),
                "\(image.format) \(image.width)x\(image.height) to \(newWidth)x\(newHeight)")
            guard let pillow = answer.pillow else { continue }
            compared += 1
            #expect(try #require(resized.difference(from: [UInt8](pillow))).largest <= 1)
        }
        #expect(compared == 8)
    }

    @Test("A plain picture stays so at any size", arguments: PixelFormat.allCases)
    func plain(format: PixelFormat) {
        var random = SeededGenerator(seed: 12)
        for _ in 0..<40 {
            let pixel =
                random.bytes(format.bytesPerPixel - format.bytesPerSample)
                + [UInt8](repeating: 255, count: format.bytesPerSample)
            func plain(_ width: Int, _ height: Int) -> Image {
                Image(width: width, height: height, format: format, bytes: (0..<width * height).flatMap { _ in pixel })
            }
            let sides = (0..<4).map { _ in Int.random(in: 1...50, using: &random) }
            #expect(plain(sides[0], sides[1]).resized(width: sides[2], height: sides[3]) == plain(sides[2], sides[3]))
        }
    }

    @Test("Unseen pixels colour nothing")
    func premultiplied() {
        let image = Image(width: 2, height: 1, format: .rgba8, bytes: [200, 100, 50, 255, 0, 255, 0, 0])
        #expect(image.resized(width: 1, height: 1).bytes == [200, 100, 50, 128])
        let unseen = Image(width: 2, height: 1, format: .grayAlpha8, bytes: [9, 0, 9, 0])
        #expect(unseen.resized(width: 1, height: 1).bytes == [0, 0])
    }

    @Test("A division by multiplying is exact")
    func divisor() {
        var random = SeededGenerator(seed: 13)
        for _ in 0..<20_000 {
            let divisor = UInt64.random(in: 1...(1 << UInt64.random(in: 1...28, using: &random)), using: &random)
            let quotient = UInt64.random(in: 0...(Bool.random(using: &random) ? 254 : 65_534), using: &random)
            let largest: UInt64 = quotient < 255 ? 255 : 65_535
            for number in [
                quotient * divisor, quotient * divisor + divisor / 2, quotient * divisor + (divisor - 1) / 2,
            ] {
                #expect(
                    RoundedDivisor(divisor, largestQuotient: largest).quotient(of: number) == (number + divisor / 2)
                        / divisor)
            }
        }
    }

    @Test("Fitting keeps the proportions and never enlarges")
    func fitting() {
        func size(_ width: Int, _ height: Int, _ most: (Int, Int)) -> [Int] {
            let image = Image(width: width, height: height, format: .gray8).fitted(width: most.0, height: most.1)
            return [image.width, image.height]
        }
        #expect(size(400, 300, (200, 200)) == [200, 150])
        #expect(size(300, 400, (200, 200)) == [150, 200])
        #expect(size(400, 300, (400, 300)) == [400, 300] && size(40, 30, (400, 300)) == [40, 30])
        #expect(size(1000, 1, (10, 10)) == [10, 1] && size(1, 1000, (10, 10)) == [1, 10])
    }

    @Test("Turning is what each orientation says, for every size of pixel", arguments: PixelFormat.allCases)
    func turning(format: PixelFormat) {
        var random = SeededGenerator(seed: 14)
        let (width, height) = (37, 70)
        for orientation in Orientation.allCases {
            var image = random.image(width, height, format)
            image.orientation = orientation
            let upright = image.upright()
            #expect((upright.width, upright.height) == (orientation.swapsSides ? (height, width) : (width, height)))
            for _ in 0..<200 {
                let (x, y) = (
                    Int.random(in: 0..<upright.width, using: &random),
                    Int.random(in: 0..<upright.height, using: &random)
                )
                // EXIF names the sides of the scene where the stored row 0 and column 0 are.
                let (column, row) =
                    switch orientation {
                    case .up: (x, y)
                    case .mirrored: (width - 1 - x, y)
                    case .down: (width - 1 - x, height - 1 - y)
                    case .downMirrored: (x, height - 1 - y)
                    case .transposed: (y, x)
                    case .right: (y, height - 1 - x)
                    case .transversed: (width - 1 - y, height - 1 - x)
                    case .left: (width - 1 - y, x)
                    }
                for channel in 0..<format.channels { #expect(upright[x, y, channel] == image[column, row, channel]) }
            }
        }
    }

    @Test(
        "Converting back and forth loses only what the narrower format lacks", arguments: PixelFormat.allCases,
        PixelFormat.allCases)
    func converting(from: PixelFormat, to: PixelFormat) {
        var random = SeededGenerator(seed: 15)
        let image = random.image(9, 5, from)
        let there = image.converted(to: to)
        #expect(there.format == to && there.bytes.count == 45 * to.bytesPerPixel)
        let isWider =
            to.channels >= from.channels && to.bitsPerSample >= from.bitsPerSample && !(from.hasAlpha && !to.hasAlpha)
        if isWider { #expect(there.converted(to: from) == image) }
    }

    @Test("Alpha is laid over the background")
    func background() {
        let image = Image(width: 3, height: 1, format: .rgba8, bytes: [10, 20, 30, 255, 10, 20, 30, 0, 0, 0, 0, 128])
        #expect(image.converted(to: .rgb8).bytes == [10, 20, 30, 255, 255, 255, 127, 127, 127])
        let red = Colour(red: 255, green: 0, blue: 0)
        #expect(image.converted(to: .rgb8, over: red).bytes == [10, 20, 30, 255, 0, 0, 127, 0, 0])
        let white = Image(width: 1, height: 1, format: .grayAlpha16)
        #expect(white.converted(to: .rgb16).bytes == [UInt8](repeating: 255, count: 6))
    }
}

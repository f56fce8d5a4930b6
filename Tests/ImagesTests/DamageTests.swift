import Foundation
import TestKit
import Testing

@testable import Images

@Suite("Damage", .enabled(if: Python.hasPillow, "Pillow is not installed"))
struct DamageTests {
    @Test("A picture cut off anywhere is refused")
    func cutOff() {
        let small = Pictures.png.filter { $0.width <= 7 } + Pictures.jpeg.filter { $0.file.count < 1200 }
        #expect(small.count > 80)
        for picture in small {
            let bytes = picture.bytes
            for count in 0..<bytes.count {
                let part = Array(bytes[..<count])
                let error = imageError { () throws(ImageError) in _ = try Image.decode(part) }
                #expect(error != nil, "\(picture.name) of \(count) bytes")
            }
        }
    }

    @Test("A PNG with any byte changed is refused")
    func changed() throws {
        var random = SeededGenerator(seed: 3)
        for picture in Pictures.png where picture.width == 7 && !picture.name.contains("clear") {
            for place in picture.bytes.indices {
                var bytes = picture.bytes
                bytes[place] ^= UInt8.random(in: 1...255, using: &random)
                let changed = bytes
                let error = imageError { () throws(ImageError) in _ = try Image.decode(changed) }
                #expect(error != nil, "\(picture.name), byte \(place)")
            }
        }
    }

    @Test("A JPEG with bytes changed is refused, or a picture of the size that it claims")
    func changedJPEG() {
        var random = SeededGenerator(seed: 4)
        for picture in Pictures.jpeg where picture.width == 33 {
            for _ in 0..<200 {
                var bytes = picture.bytes
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
                var limits = ImageLimits()
                limits.maximumPixels = 1 << 20
                guard let image = try? Image.decode(bytes, limits: limits) else { continue }
                #expect(image.bytes.count == image.width * image.height * image.format.bytesPerPixel)
            }
        }
    }

    @Test("A JPEG without the scan of one of its colours is refused")
    func missingScan() throws {
        let picture = try #require(Pictures.jpeg.first { $0.name == "RGB (100, 75), sampling 0, progressive" })
        let bytes = picture.bytes
        let scans = bytes.indices.dropLast().filter { bytes[$0] == 0xff && bytes[$0 + 1] == 0xda }
        // The first scan begins all colours, so without it one scan of the brightness is one colour's.
        let brightness = try #require(scans.first { bytes[$0 + 4] == 1 && bytes[$0 + 5] == 1 })
        let next = try #require(scans.first { $0 > brightness })
        let table = try #require(
            bytes[..<brightness].indices.dropLast().last { bytes[$0] == 0xff && bytes[$0 + 1] == 0xc4 })
        let file = Array(bytes[..<scans[0]]) + Array(bytes[table..<next]) + [0xff, 0xd9]
        #expect(imageError { () throws(ImageError) in _ = try Image.decode(file) } == .truncated)
    }

    @Test("Chunks that a PNG needs none of are passed over when they are damaged")
    func ancillary() throws {
        var text = PNGMaker.chunk("tEXt", Array("Title\0x".utf8))
        text[text.count - 1] ^= 1
        let image = try Image.decode(PNGMaker.gray([[1, 2], [3, 4]], before: text, after: text))
        #expect(image.bytes == [1, 2, 3, 4])
    }

    @Test("An unknown chunk that is critical is refused")
    func critical() {
        let file = PNGMaker.gray([[1]], before: PNGMaker.chunk("ABCD", [1]))
        #expect(imageError { () throws(ImageError) in _ = try Image.decode(file) } != nil)
    }
}

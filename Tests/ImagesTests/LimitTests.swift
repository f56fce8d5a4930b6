import Foundation
import Glibc
import TestKit
import Testing

@testable import Images

@Suite("Limits")
struct LimitTests {
    private static var peakBytes: Int {
        var usage = rusage()
        getrusage(RUSAGE_SELF.rawValue, &usage)
        return Int(usage.ru_maxrss) << 10
    }

    /// Asks much, and must be given little memory. The allowance is for other tests at the same time.
    private func frugally(_ body: () throws -> Void) rethrows {
        let before = LimitTests.peakBytes
        try body()
        #expect(LimitTests.peakBytes - before < 48 << 20)
    }

    private func tooLarge(_ bytes: [UInt8], _ limits: ImageLimits = ImageLimits()) -> Bool {
        guard case .tooLarge = imageError({ () throws(ImageError) in _ = try Image.decode(bytes, limits: limits) })
        else {
            return false
        }
        return true
    }

    @Test("Huge pictures are refused by their headers")
    func huge() {
        let png =
            PNGMaker.signature + PNGMaker.header(50_000, 50_000, depth: 1)
            + PNGMaker.pixels([[UInt8](repeating: 0, count: 900)])
        let most = PNGMaker.signature + PNGMaker.header(Int(Int32.max), Int(Int32.max)) + PNGMaker.pixels([[0]])
        let jpeg = [0xff, 0xd8] + JPEGMaker.frame(60_000, 60_000)
        frugally {
            #expect(png.count < 1024 && tooLarge(png))
            #expect(tooLarge(most))
            #expect(tooLarge(jpeg))
            #expect(imageError { () throws(ImageError) in _ = try IndexedImage.decode(png) } != nil)
        }
    }

    @Test("Each limit on size is held, and what just fits is decoded")
    func each() throws {
        let file = PNGMaker.gray([[1, 2, 3], [4, 5, 6]])
        var limits = ImageLimits()
        limits.maximumSide = 3
        limits.maximumPixels = 6
        limits.maximumDecodedBytes = 6
        limits.maximumBytes = file.count
        #expect(try Image.decode(file, limits: limits).bytes == [1, 2, 3, 4, 5, 6])
        for (path, less) in [
            (\ImageLimits.maximumSide, 2), (\.maximumPixels, 5), (\.maximumDecodedBytes, 5),
            (\.maximumBytes, file.count - 1),
            (\.maximumHeaderBytes, 40), (\.maximumSegments, 0),
        ] {
            var tighter = limits
            tighter[keyPath: path] = less
            #expect(tooLarge(file, tighter))
        }
    }

    @Test("A million tiny chunks before the pixels are refused, and those after them only walked over")
    func tinyChunks() throws {
        let many = [[UInt8]](repeating: PNGMaker.chunk("teXt"), count: 1_000_000).flatMap { $0 }
        #expect(tooLarge(PNGMaker.gray([[7]], before: many)))
        #expect(try Image.decode(PNGMaker.gray([[7]], after: many)).bytes == [7])
    }

    @Test("What bombs pack is never unpacked", .enabled(if: Python.hasPillow, "Pillow is not installed"))
    func bombs() throws {
        #expect(Pictures.bombs.filter { $0.name.hasPrefix("fine") }.count == 3)
        for bomb in Pictures.bombs {
            try frugally {
                let bytes = bomb.bytes
                if bomb.name.hasPrefix("fine") {
                    let image = try Image.decode(bytes)
                    #expect(image.bytes == [UInt8](bomb.pixels), "\(bomb.name)")
                } else if bomb.name != "black 16000" {
                    let error = imageError { () throws(ImageError) in _ = try Image.decode(bytes) }
                    #expect(error != nil || bomb.name == "too much in IDAT", "\(bomb.name)")
                }
            }
        }
    }

    @Test(
        "A progressive JPEG of thousands of scans is refused", .enabled(if: Python.hasPillow, "Pillow is not installed")
    )
    func scans() throws {
        let bomb = try #require(Pictures.bombs.first { $0.name == "many scans" })
        #expect(tooLarge(bomb.bytes))
        var limits = ImageLimits()
        limits.maximumScans = 3000
        #expect(try Image.decode(bomb.bytes, limits: limits).width == 64)
    }

    @Test("A progressive JPEG gets no more memory than allowed")
    func workingMemory() throws {
        let file = try Image(width: 1000, height: 1000, format: .rgb8).encodedJPEG(progressive: true)
        var limits = ImageLimits()
        limits.maximumWorkingBytes = 2 << 20
        #expect(tooLarge(file, limits))
        limits.maximumWorkingBytes = 16 << 20
        #expect(try Image.decode(file, limits: limits).width == 1000)
    }

    @Test("Work ends when it is told to", arguments: [0, 1, 5])
    func stopping(polls: Int) throws {
        var random = SeededGenerator(seed: 5)
        let image = random.image(200, 200, .rgb8)
        func stop() -> StopCheck {
            var left = polls
            return {
                left -= 1
                return left < 0
            }
        }
        let files = [try image.encodedPNG(), try image.encodedJPEG(), try image.encodedJPEG(progressive: true)]
        for file in files {
            #expect(imageError { () throws(ImageError) in _ = try Image.decode(file, shouldStop: stop()) } == .stopped)
        }
        #expect(imageError { () throws(ImageError) in _ = try image.encodedPNG(shouldStop: stop()) } == .stopped)
        #expect(imageError { () throws(ImageError) in _ = try image.encodedJPEG(shouldStop: stop()) } == .stopped)
    }
}

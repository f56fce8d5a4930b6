import Foundation
import Glibc
import Testing

@testable import Images

@Suite("Files")
struct FileTests {
    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("pentad-images-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder.path)
    }

    @Test("A file is read for what it is, whatever its name")
    func names() throws {
        try withFolder { folder in
            let image = Image(width: 3, height: 2, format: .rgb8)
            let path = folder + "/photo.jpg"
            try Data(image.encodedPNG()).write(to: URL(fileURLWithPath: path))
            #expect(try Image.decode(path: path) == image)
            #expect(try ImageHeader.read(path: path).format == .png)
        }
    }

    @Test("A header far into a file is found, and no further than allowed")
    func farHeader() throws {
        try withFolder { folder in
            let path = folder + "/photo"
            let padding = (0..<20).flatMap { _ in JPEGMaker.segment(0xe2, [UInt8](repeating: 0, count: 65_000)) }
            try Data([0xff, 0xd8] + padding + JPEGMaker.frame(640, 480)).write(to: URL(fileURLWithPath: path))
            #expect(try ImageHeader.read(path: path).width == 640)
            var limits = ImageLimits()
            limits.maximumHeaderBytes = 1 << 20
            let error = imageError { () throws(ImageError) in _ = try ImageHeader.read(path: path, limits: limits) }
            #expect(error == .tooLarge("its header has more than 1048576 bytes"))
        }
    }

    @Test("What is no regular file, or too large a one, is not read")
    func others() throws {
        try withFolder { folder in
            mkfifo(folder + "/pipe", 0o600)
            try Data(count: 1000).write(to: URL(fileURLWithPath: folder + "/large"))
            var limits = ImageLimits()
            limits.maximumBytes = 999
            func error(_ name: String) -> ImageError? {
                imageError { () throws(ImageError) in _ = try Image.decode(path: folder + name, limits: limits) }
            }
            #expect(error("/none") == .unreadable(errno: ENOENT))
            #expect(error("/pipe") == .unreadable(errno: EINVAL))
            #expect(error("") == .unreadable(errno: EINVAL))
            #expect(error("/large") == .tooLarge("1000 bytes; it may have 999"))
        }
    }
}

import Foundation
import Images

/// A file that Python made, with the pixels that it must have.
struct Picture: Decodable, Sendable {
    let name: String
    let file: Data
    let format: String
    let width: Int
    let height: Int
    /// 16-bit samples in little-endian order, as on all machines that we run on.
    let pixels: Data
    /// The stored samples of palettes and of gray of 8 bits at most.
    let raw: Data?
    let orientation: Int?

    var bytes: [UInt8] { [UInt8](file) }
}

/// Made once for all tests.
enum Pictures {
    static let png: [Picture] = made(PythonPrograms.pngs)
    static let jpeg: [Picture] = made(PythonPrograms.jpegs)
    static let bombs: [Picture] = made(PythonPrograms.bombs)

    private static func made(_ program: String) -> [Picture] {
        guard Python.hasPillow else { return [] }
        do {
            return try Python.ask(program, [Int]())
        } catch {
            fatalError("Python could not make pictures: \(error)")
        }
    }
}

extension Image {
    /// The largest and the mean difference of two pictures' samples; nil if they are not alike at all.
    func difference(from other: [UInt8]) -> (largest: Int, mean: Double)? {
        guard other.count == bytes.count else { return nil }
        let differences = zip(bytes, other).map { abs(Int($0) - Int($1)) }
        return (differences.max() ?? 0, Double(differences.reduce(0, +)) / Double(differences.count))
    }
}

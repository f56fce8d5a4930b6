import Foundation
import TestKit

/// Pillow and plain zlib as makers and readers of pictures that share no code with ours.
enum Python {
    static let interpreter = TestPython.path ?? "python3"
    static let hasPillow = (try? run("import PIL.Image", input: Data())) != nil

    struct Failure: Error {
        let message: String
    }

    /// What the program prints, as JSON; it is given `input` as JSON, all of which it must read first.
    static func ask<Input: Encodable, Answer: Decodable>(_ program: String, _ input: Input) throws -> Answer {
        try JSONDecoder().decode(Answer.self, from: run(program, input: JSONEncoder().encode(input)))
    }

    private static func run(_ program: String, input: Data) throws -> Data {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [interpreter, "-c", program]
        let (given, printed, complaints) = (Pipe(), Pipe(), Pipe())
        process.standardInput = given
        process.standardOutput = printed
        process.standardError = complaints
        try process.run()
        try? given.fileHandleForWriting.write(contentsOf: input)
        try? given.fileHandleForWriting.close()
        let output = printed.fileHandleForReading.readDataToEndOfFile()
        let complaint = complaints.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(message: String(decoding: complaint, as: UTF8.self)) }
        return output
    }
}

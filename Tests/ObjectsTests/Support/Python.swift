import Glibc
import TestKit
import Testing

/// Programs in the tests' own Python, for boto3's opinion.
enum Python {
    static let hasBoto3: Bool = {
        guard let python = TestPython.path else { return false }
        return access(python.replacing("/python", with: "/moto_server"), X_OK) == 0
    }()
    static let lacksBoto3: Comment = "boto3 is not installed (Tests/requirements.txt; ./dev test installs it)"

    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    /// What a program prints. Names and keys reach it as arguments, so no text is spliced into code.
    static func run(_ program: String, _ arguments: [String]) async throws -> String {
        let python = try #require(TestPython.path)
        let ended = try await TestProcess.run(python, ["-c", program] + arguments)
        guard ended.status == 0 else { throw Failed(description: ended.output) }
        return ended.output
    }
}

/// Measures the parts that keep and check data: `data-bench postgres …` one of them.
let subjects: [String: @Sendable ([String]) async throws -> Void] = [
    "engines": { try await measureEngineStart($0) },
    "images": { try benchImages($0) },
    "jobs": { try await JobsBench.run($0) },
    "objects": { try await ObjectsBench.run($0) },
    "postgres": { try await PostgresBench.run($0) },
    "presign": { _ in try PresignBench.run() },
    "tokens": { _ in try measureTokens() },
]

let arguments = CommandLine.arguments.dropFirst()
guard let name = arguments.first, let subject = subjects[name] else {
    print("usage: data-bench \(subjects.keys.sorted().joined(separator: "|")) …")
    throw CommandFailed()
}
try await subject(Array(arguments.dropFirst()))

struct CommandFailed: Error {}

/// Measures the parts that keep and check data; `data-bench tokens` one of them.
let subjects: [String: () throws -> Void] = ["jobs": JobsBench.run]

guard let name = CommandLine.arguments.dropFirst().first, let subject = subjects[name] else {
    print("usage: data-bench \(subjects.keys.sorted().joined(separator: "|"))")
    throw CommandFailed()
}
try subject()

struct CommandFailed: Error {}

import Foundation

/// CPython's json as a second opinion, asked once for a whole batch.
enum Python {
    /// Python's reader is held to the RFC where it is laxer: constants, duplicates, surrogates, byte order marks.
    /// Numbers are handed back as they were spelt, so that none of their digits is lost.
    private static let program = """
        import json, sys, base64
        class Literal(float):
            def __new__(cls, text):
                self = super().__new__(cls, 0)
                self.text = text
                return self
            def __repr__(self):
                return self.text
        def refuse(constant):
            raise ValueError(constant)
        def members(pairs):
            if len(dict(pairs)) != len(pairs):
                raise ValueError("duplicate")
            return dict(pairs)
        def text(value):
            if isinstance(value, Literal):
                return value.text
            if isinstance(value, list):
                return "[" + ",".join(map(text, value)) + "]"
            if isinstance(value, dict):
                return "{" + ",".join(json.dumps(k) + ":" + text(v) for k, v in value.items()) + "}"
            if isinstance(value, str):
                value.encode()
            return json.dumps(value)
        for line in sys.stdin:
            try:
                document = base64.b64decode(line).decode("utf-8")
                value = json.loads(document, parse_constant=refuse, object_pairs_hook=members,
                                   parse_float=Literal, parse_int=Literal)
                print(base64.b64encode(text(value).encode()).decode())
            except ValueError:
                print("!")
        """

    static let isInstalled = (try? run(["-c", "import json"], input: Data())) != nil

    /// For each document what Python read, written again by it; nil where it refused.
    static func read(_ documents: [[UInt8]]) throws -> [[UInt8]?] {
        let input = documents.map { Data($0).base64EncodedString() + "\n" }.joined()
        let output = try run(["-c", program], input: Data(input.utf8))
        return String(decoding: output, as: UTF8.self).split(separator: "\n").map { line in
            Data(base64Encoded: String(line)).map { [UInt8]($0) }
        }
    }

    private struct Failure: Error {}

    private static func run(_ arguments: [String], input: Data) throws -> Data {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("python-input-\(UUID().uuidString)")
        try input.write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }

        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3"] + arguments
        process.standardInput = try FileHandle(forReadingFrom: file)
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure() }
        return data
    }
}

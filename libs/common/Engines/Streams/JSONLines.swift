import JSON

/// Talks to a long-lived worker in lines of JSON, both ways: `{"do":"transcribe"}` in, `{"progress":0.5}` out.
///
///     let worker = JSONLines(run)
///     try await worker.send(Load(model: "small"))
///     while let event = try await worker.receive(Event.self) { … }
///
/// Many tasks may send; one receives. The lines of the worker are bounded by the run's `lineBytes`.
public final class JSONLines: Sendable {
    /// What `EngineLimits.lineBytes` should be for a worker.
    public static let lineBytes = 1 << 20
    private static let quotedBytes = 200

    private let run: EngineRun
    private let output: EngineOutput.AsyncIterator
    private let writer = JSONWriter()
    private let reader: JSONReader
    private let maximumBytes: Int

    public init(_ run: EngineRun, maximumBytes: Int = JSONLines.lineBytes) {
        self.run = run
        self.maximumBytes = maximumBytes
        output = run.standardOutput.makeAsyncIterator()
        reader = JSONReader(limits: JSONReader.Limits(maximumBytes: maximumBytes))
    }

    /// Waits until the worker has taken the message in.
    public func send(_ message: some Encodable) async throws(EngineError) {
        var line: [UInt8]
        do throws(JSONError) {
            line = try writer.encode(message)
        } catch {
            throw .badMessage("cannot be written as JSON: \(error)")
        }
        guard line.count <= maximumBytes else { throw .badMessage("over \(maximumBytes) bytes") }
        line.append(UInt8(ascii: "\n"))
        try await run.standardInput.write(line)
    }

    /// The next message; nil when the worker has closed its output. Empty lines are skipped.
    public func receive<Message: Decodable>(_ type: Message.Type) async throws(EngineError) -> Message? {
        while let line = try await nextLine() {
            if line.bytes.isEmpty { continue }
            guard !line.isCut, line.bytes.count <= maximumBytes else {
                throw .badMessage("a line of more than \(line.bytes.count) bytes")
            }
            do throws(JSONError) {
                return try reader.decode(type, from: line.bytes)
            } catch {
                let start = String(decoding: line.bytes.prefix(Self.quotedBytes), as: UTF8.self)
                throw .badMessage("\(error): '\(start)'")
            }
        }
        return nil
    }

    private func nextLine() async throws(EngineError) -> EngineLine? {
        do {
            return try await output.next()
        } catch let error as EngineError {
            throw error
        } catch {
            throw .cancelled
        }
    }
}

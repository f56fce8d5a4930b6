import Engines
import Glibc
import Loop
import Testing

@Suite("Talking to a worker in lines of JSON", .timeLimit(.minutes(2)))
struct JSONLinesTests {
    struct Order: Codable, Sendable, Equatable {
        var action: String
        var number: Int
        var text: String?
    }

    struct Event: Codable, Sendable, Equatable {
        var event: String
        var number: Int
        var text: String?
    }

    private static let worker = """
        import json, sys
        print(json.dumps({"event": "ready", "number": 0}), flush=True)
        for line in sys.stdin:
            order = json.loads(line)
            if order["action"] == "stop": break
            for step in range(order["number"]):
                print(json.dumps({"event": "progress", "number": step}), flush=True)
            print(json.dumps({"event": "done", "number": order["number"], "text": order.get("text")}), flush=True)
        """

    @discardableResult
    private func withWorker<Result>(
        _ script: String, limits: EngineLimits = EngineLimits(lineBytes: JSONLines.lineBytes),
        body: (EngineRun, JSONLines) async throws -> Result
    ) async throws -> Result {
        try await withEngine { engine in
            try await engine.withWorkspace { workspace in
                var command = workspace.python(script, limits: limits)
                command.input = .pipe
                let run = try await engine.start(command)
                return try await body(run, JSONLines(run))
            }
        }
    }

    @Test("orders go in, events come out, and it ends when its input does")
    func conversation() async throws {
        try await withWorker(Self.worker) { run, lines in
            let ready = try await lines.receive(Event.self)
            #expect(ready == Event(event: "ready", number: 0))
            for round in 1...3 {
                let text = "한글 \"\n\" \(round)"
                try await lines.send(Order(action: "count", number: round, text: text))
                for step in 0..<round {
                    let progress = try await lines.receive(Event.self)
                    #expect(progress == Event(event: "progress", number: step))
                }
                let done = try await lines.receive(Event.self)
                #expect(done == Event(event: "done", number: round, text: text))
            }
            run.standardInput.close()
            let last = try await lines.receive(Event.self)
            #expect(last == nil)
            try await run.finish()
        }
    }

    @Test("an order of nearly a mebibyte passes, one that is larger is not sent")
    func large() async throws {
        try await withWorker(Self.worker) { _, lines in
            _ = try await lines.receive(Event.self)
            let text = String(repeating: "x", count: 1_000_000)
            async let sent: Void = lines.send(Order(action: "echo", number: 0, text: text))
            let echoed = try await lines.receive(Event.self)
            try await sent
            #expect(echoed?.text == text)
            let tooLarge = Order(action: "echo", number: 0, text: text + text)
            await #expect(throws: EngineError.self) { try await lines.send(tooLarge) }
        }
    }

    @Test(
        "a line that is not what was agreed is an error that quotes it",
        arguments: ["print('Loading the model')", "print('{\"event\":1}')", "print('[' * 100)"])
    func wrong(script: String) async throws {
        try await withWorker(script) { _, lines in
            let error = await #expect(throws: EngineError.self) { try await lines.receive(Event.self) }
            guard case .badMessage(let message) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(message.contains("'"))
        }
    }

    @Test("a line that is too long is an error")
    func tooLong() async throws {
        try await withWorker("print('\"' + 'x' * 5000 + '\"')", limits: EngineLimits(lineBytes: 1000)) { _, lines in
            await #expect(throws: EngineError.badMessage("a line of more than 1000 bytes")) {
                try await lines.receive(String.self)
            }
        }
    }
}

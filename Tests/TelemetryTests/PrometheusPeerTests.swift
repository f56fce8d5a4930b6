import Foundation
import Testing

@testable import Telemetry

/// Reads our text with Prometheus's own Python parser. `PYTHON_WITH_PROMETHEUS` names an interpreter that has
/// `prometheus_client`; without one that has it the test is skipped.
@Suite("Prometheus's own parser")
struct PrometheusPeerTests {
    private static let interpreter = ProcessInfo.processInfo.environment["PYTHON_WITH_PROMETHEUS"] ?? "python3"

    private static let isAvailable = run("import prometheus_client.parser", input: "") != nil

    @Test(
        "reads every family, label and value as they were meant",
        .enabled(if: isAvailable, "needs Python with prometheus_client"))
    func parses() throws {
        let metrics = Metrics()
        metrics.counter("b_total", help: "Back\\slash\nand \"line\"", labels: [("path", "a\"b\\c\nd é")]).add(7)
        metrics.gauge("g", help: "").set(-0.125)
        metrics.gauge("endless", help: "h").set(.infinity)
        let histogram = metrics.histogram("h_seconds", help: "h", labels: [("route", "/{id}")])
        histogram.observe(nanoseconds: 3_000_000)
        histogram.observe(nanoseconds: 90_000_000_000)
        metrics.collectProcessFigures()
        let program = """
            import json, sys
            from prometheus_client.parser import text_string_to_metric_families
            text = sys.stdin.buffer.read().decode()
            print(json.dumps([[f.name, f.type, f.documentation, [[s.name, s.labels, repr(float(s.value))] for s in f.samples]]
                for f in text_string_to_metric_families(text)]))
            """
        let answer = try #require(Self.run(program, input: String(decoding: metrics.render(), as: UTF8.self)))
        let families = try #require(try JSONSerialization.jsonObject(with: Data(answer.utf8)) as? [[Any]])
        let byName = Dictionary(
            uniqueKeysWithValues: families.compactMap { family in
                (family[0] as? String).map { ($0, family) }
            })
        func samples(_ name: String) -> [(name: String, labels: [String: String], value: String)] {
            (byName[name]?[3] as? [[Any]] ?? []).compactMap {
                guard let name = $0[0] as? String, let labels = $0[1] as? [String: String] else { return nil }
                return (name, labels, $0[2] as? String ?? "")
            }
        }
        #expect(byName["b"]?[1] as? String == "counter")
        #expect(byName["b"]?[2] as? String == "Back\\slash\nand \"line\"")
        #expect(samples("b").map(\.labels) == [["path": "a\"b\\c\nd é"]])
        #expect(samples("b").map(\.value) == ["7.0"])
        #expect(samples("g").map(\.value) == ["-0.125"])
        #expect(samples("endless").map(\.value) == ["inf"])
        #expect(byName["h_seconds"]?[1] as? String == "histogram")
        let buckets = samples("h_seconds").filter { $0.name == "h_seconds_bucket" }
        #expect(buckets.count == Buckets.latency.bounds.count + 1)
        #expect(buckets.allSatisfy { $0.labels["route"] == "/{id}" })
        #expect(buckets.first { $0.labels["le"] == "0.005" }?.value == "1.0")
        #expect(buckets.first { $0.labels["le"] == "+Inf" }?.value == "2.0")
        #expect(samples("h_seconds").first { $0.name == "h_seconds_sum" }?.value == "90.003")
        #expect(byName.keys.contains("process_resident_memory_bytes"))
    }

    /// What the program printed; nil when it failed.
    private static func run(_ program: String, input: String) -> String? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [interpreter, "-c", program]
        let (standardInput, standardOutput) = (Pipe(), Pipe())
        process.standardInput = standardInput
        process.standardOutput = standardOutput
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        try? standardInput.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try? standardInput.fileHandleForWriting.close()
        let output = standardOutput.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return process.terminationStatus == 0 ? String(decoding: output, as: UTF8.self) : nil
    }
}

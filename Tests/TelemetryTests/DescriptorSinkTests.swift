import Glibc
import Loop
import Testing

@testable import Telemetry

@Suite("Writing logs to a descriptor")
struct DescriptorSinkTests {
    @Test("After a flush everything written is there, in order, also from many threads")
    func flush() async throws {
        let pipe = Pipe()
        try pipe.startReading()
        let sink = try DescriptorSink(pipe.writeEnd, format: .json)
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    let logger = Logger(sink: sink, fields: ["task": .int(task)])
                    for number in 0..<100 { logger.info("counted", ["number": .int(number)]) }
                }
            }
        }
        #expect(sink.flush(timeout: .seconds(30)))
        let lines = try pipe.finish()
        #expect(lines.count == 800)
        #expect(lines.allSatisfy { $0.hasPrefix("{\"time\":") && $0.hasSuffix("}") })
        for task in 0..<8 {
            let own = lines.filter { $0.contains("\"task\":\(task),") }
            #expect(own.enumerated().allSatisfy { $1.hasSuffix("\"number\":\($0)}") })
        }
        #expect(sink.droppedRecords == 0)
    }

    @Test("A descriptor that takes nothing holds nobody up: records are dropped, counted, and the count is logged")
    func drops() throws {
        let pipe = Pipe()
        let sink = try DescriptorSink(pipe.writeEnd, format: .json, capacity: 4096)
        let logger = Logger(sink: sink)
        let filler = String(repeating: "x", count: 1000)
        for _ in 0..<1000 { logger.info("filling", ["filler": .string(filler)]) }
        #expect(sink.droppedRecords > 0)
        #expect(!sink.flush(timeout: .milliseconds(10)), "the pipe is full")

        try pipe.startReading()
        #expect(sink.flush(timeout: .seconds(30)))
        let lines = try pipe.finish()
        let written = lines.filter { $0.contains("\"filling\"") }.count
        #expect(written + sink.droppedRecords == 1000)
        let reported = lines.filter { $0.contains("\"log_records_dropped\"") }
            .compactMap { $0.split(separator: ":").last.flatMap { Int($0.dropLast()) } }
        #expect(reported.reduce(0, +) == sink.droppedRecords)
    }

    @Test("A non-blocking descriptor is waited for")
    func nonBlocking() throws {
        let pipe = Pipe()
        _ = fcntl(pipe.writeEnd, F_SETFL, O_NONBLOCK)
        let sink = try DescriptorSink(pipe.writeEnd, format: .json)
        let logger = Logger(sink: sink)
        let filler = String(repeating: "x", count: 1000)
        for _ in 0..<200 { logger.info("filling", ["filler": .string(filler)]) }
        try pipe.startReading()
        #expect(sink.flush(timeout: .seconds(30)))
        #expect(try pipe.finish().count == 200)
    }

    @Test("What a sink still holds when it is let go is written")
    func letGo() throws {
        let pipe = Pipe()
        try pipe.startReading()
        try Logger(sink: DescriptorSink(pipe.writeEnd, format: .json)).info("last_words")
        #expect(pipe.waitForText())
        #expect(try pipe.finish().first?.contains("last_words") == true)
    }

    @Test("A broken descriptor loses records and nothing else")
    func broken() throws {
        let sink = try DescriptorSink(-1, format: .json)
        Logger(sink: sink).info("nowhere")
        #expect(sink.flush(timeout: .seconds(30)))
    }
}

/// A pipe whose far end is read on a thread of its own, since the tests block while they flush.
private final class Pipe: Sendable {
    let writeEnd: Int32
    private let readEnd: Int32
    private let collected = Monitor<(bytes: [UInt8], isClosed: Bool)>(([], false))

    init() {
        var ends: [Int32] = [0, 0]
        precondition(pipe(&ends) == 0)
        // Not for programs that other tests start meanwhile: they would keep the pipe open.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        readEnd = ends[0]
        writeEnd = ends[1]
    }

    func startReading() throws {
        let thread = try startThread(named: "reader") { [self] in
            var chunk = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = read(readEnd, &chunk, chunk.count)
                guard count > 0 else { break }
                collected.change { $0.bytes += chunk[..<count] }
            }
            close(readEnd)
            collected.change { $0.isClosed = true }
        }
        pthread_detach(thread)
    }

    /// Closes the writing end and returns the lines that were read.
    func finish() throws -> [Substring] {
        close(writeEnd)
        let bytes = try #require(collected.wait(timeout: .seconds(30)) { $0.isClosed ? $0.bytes : nil })
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    }

    func waitForText() -> Bool {
        collected.wait(timeout: .seconds(30)) { $0.bytes.isEmpty ? nil : true } ?? false
    }
}

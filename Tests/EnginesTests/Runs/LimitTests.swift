import Engines
import Glibc
import Loop
import TestKit
import Testing

@Suite("A program that takes more than it may", .timeLimit(.minutes(2)))
struct LimitTests {
    @Test("of memory is told so", arguments: [true, false])
    func memory(ofData: Bool) async throws {
        let bytes = 200 << 20
        let limits = ofData ? EngineLimits(dataBytes: bytes) : EngineLimits(addressSpaceBytes: bytes)
        let error = try await failure { $0.python("hold = bytearray(1 << 30); print(len(hold))", limits: limits) }
        guard case .outOfMemory(let tail) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(tail.contains("MemoryError"))
    }

    @Test("of the processor is ended")
    func processor() async throws {
        let limits = EngineLimits(cpuTime: .seconds(1))
        let error = try await failure { $0.shell("echo busy >&2; while :; do :; done", limits: limits) }
        #expect(error == .cpuTimeExceeded(tail: "busy"))
    }

    @Test("of the processor is ended also when it does not listen")
    func stubborn() async throws {
        let limits = EngineLimits(cpuTime: .seconds(1))
        let error = try await failure { $0.shell("trap '' XCPU; while :; do :; done", limits: limits) }
        #expect(error == .signalled(SIGKILL, tail: ""))
    }

    @Test("of a file is ended")
    func file() async throws {
        let limits = EngineLimits(fileBytes: 1 << 20)
        let error = try await failure { $0.shell("exec head -c 2000000 /dev/zero > big", limits: limits) }
        #expect(error == .fileTooLarge(tail: ""))
        try await runOnce { $0.shell("exec head -c 1000000 /dev/zero > big", limits: limits) }
    }

    @Test("of output is ended, and our memory stays flat")
    func output() async throws {
        let limits = EngineLimits(outputBytes: 128 << 20)
        let before = residentBytes()
        let error = try await failure {
            EngineCommand("cat", ["/dev/zero"], workspace: $0, limits: limits)
        }
        #expect(error == .outputTooLarge(limit: 128 << 20))
        #expect(residentBytes() - before < (16 << 20) + Sanitizers.heldMemory)
    }

    @Test("of open files gets no more")
    func openFiles() async throws {
        let limits = EngineLimits(openFiles: 16)
        let script = """
            files = []
            try:
                while True: files.append(open("/dev/null"))
            except OSError as error: print(error.errno, len(files) < 16)
            """
        let (lines, _) = try await runOnce { $0.python(script, limits: limits) }
        #expect(lines.map(\.text) == ["\(EMFILE) True"])
    }
}

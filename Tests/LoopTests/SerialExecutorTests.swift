import Loop
import Testing

/// An actor that lives on a loop.
private actor Resident {
    let loop: EventLoop
    private var count = 0
    private var isInside = false

    init(loop: EventLoop) {
        self.loop = loop
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.serial.asUnownedSerialExecutor() }

    func whereabouts() -> EventLoop? { .current }

    /// Answers false when two were in here at once.
    func enter() -> Bool {
        guard !isInside else { return false }
        isInside = true
        defer { isInside = false }
        count += 1
        return true
    }

    func pause() async -> EventLoop? {
        await Task.yield()
        try? await Task.sleep(for: .milliseconds(1))
        return .current
    }

    var entries: Int { count }

    /// Reads the actor's state without an await, from a callback of the loop.
    nonisolated func entriesNow() -> Int { assumeIsolated { $0.count } }
}

@Suite("A loop as the executor of an actor", .timeLimit(.minutes(1)))
struct SerialExecutorTests {
    @Test("runs the actor on its thread, whoever calls and across awaits")
    func residence() async throws {
        try await withLoops(2) { group in
            let resident = Resident(loop: group.loops[0])
            let fromOutside = await resident.whereabouts()
            #expect(fromOutside === group.loops[0])
            let fromOther = try await group.loops[1].run { await resident.whereabouts() }
            #expect(fromOther === group.loops[0])
            let afterAwaits = await resident.pause()
            #expect(afterAwaits === group.loops[0])
            try await group.loops[1].run {
                _ = await resident.pause()
                #expect(group.loops[1].isCurrent)
            }
        }
    }

    @Test("lets one in at a time")
    func exclusion() async throws {
        try await withLoops(2) { group in
            let resident = Resident(loop: group.loops[0])
            let allAlone = await withTaskGroup(of: Bool.self) { tasks in
                for index in 0..<8 {
                    let preference = index % 2 == 0 ? group.loops[index / 2 % 2] : nil
                    tasks.addTask(executorPreference: preference) {
                        var isAlone = true
                        for _ in 0..<250 { isAlone = await resident.enter() && isAlone }
                        return isAlone
                    }
                }
                return await tasks.reduce(true) { $0 && $1 }
            }
            #expect(allAlone)
            let entries = await resident.entries
            #expect(entries == 2000)
        }
    }

    @Test("is assumed by callbacks of the loop without an await")
    func assumed() async throws {
        try await withLoop { loop in
            let resident = Resident(loop: loop)
            for _ in 0..<3 { _ = await resident.enter() }
            let seen = Journal<Int>()
            loop.execute { seen.append(resident.entriesNow()) }
            try await loop.run {
                _ = loop.schedule(at: loop.now) { seen.append(resident.entriesNow()) }
                await loop.pass()
                // A task of the loop is on its thread, though not in the actor.
                seen.append(resident.entriesNow())
            }
            #expect(seen.entries == [3, 3, 3])
        }
    }
}

import CLinux
import Glibc
import Synchronization

/// The loops of a process, one a core unless told otherwise.
public final class EventLoopGroup: Sendable {
    public let loops: [EventLoop]
    private let threads: Locked<[pthread_t]>
    private let next = Atomic<Int>(0)

    /// Starts `count` loops, or one a core available to the process for 0.
    public init(count: Int = 0, name: String = "loop") throws(LoopError) {
        let count = count > 0 ? count : Int(clinux_available_cores())
        var made: [EventLoop] = []
        for index in 0..<count { made.append(try EventLoop(name: "\(name)-\(index)")) }
        loops = made
        threads = Locked([])
        for loop in loops {
            do throws(LoopError) {
                let thread = try startThread(named: loop.name) { loop.run() }
                threads.withLock { $0.append(thread) }
            } catch {
                stop()
                throw error
            }
        }
    }

    /// The loops in turn.
    public func nextLoop() -> EventLoop {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        return loops[Int(bitPattern: UInt(bitPattern: index) % UInt(loops.count))]
    }

    /// Ends the threads once their tasks are at rest, and waits for them. Not from a loop's own thread.
    public func stop() {
        for loop in loops {
            precondition(!loop.isCurrent, "a loop cannot wait for its own end")
            loop.stop()
        }
        let waiting = threads.withLock { threads in
            defer { threads = [] }
            return threads
        }
        for thread in waiting { pthread_join(thread, nil) }
    }
}

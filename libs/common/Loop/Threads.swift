import CLinux
import Glibc

/// Starts a named thread with every signal blocked: signals are read from a descriptor on a loop.
package func startThread(named name: String, _ body: @escaping @Sendable () -> Void) throws(LoopError) -> pthread_t {
    let box = Unmanaged.passRetained(ThreadBody(name: name, run: body))
    var everything = sigset_t()
    var previous = sigset_t()
    sigfillset(&everything)
    pthread_sigmask(SIG_BLOCK, &everything, &previous)
    defer { pthread_sigmask(SIG_SETMASK, &previous, nil) }
    var thread = pthread_t()
    let result = pthread_create(&thread, nil, threadEntry, box.toOpaque())
    guard result == 0 else {
        box.release()
        throw LoopError(operation: "pthread_create", code: result)
    }
    return thread
}

private final class ThreadBody: Sendable {
    let name: String
    let run: @Sendable () -> Void

    init(name: String, run: @escaping @Sendable () -> Void) {
        self.name = name
        self.run = run
    }
}

private func threadEntry(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    let body = Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue()
    // The kernel keeps 15 characters.
    clinux_name_thread(String(body.name.prefix(15)))
    body.run()
    return nil
}

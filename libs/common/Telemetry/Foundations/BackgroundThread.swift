import CLinux
import Glibc

/// Starts a detached thread for work that may block, with a small stack and all signals blocked, so that a signal
/// always reaches the thread that waits for it.
func startBackgroundThread(named name: String, _ body: @escaping @Sendable () -> Void) {
    var all = sigset_t()
    var previous = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_SETMASK, &all, &previous)
    defer { pthread_sigmask(SIG_SETMASK, &previous, nil) }

    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    pthread_attr_setstacksize(&attributes, 256 * 1024)

    let work = Unmanaged.passRetained(ThreadBody(name: name, run: body))
    var thread = pthread_t()
    let result = pthread_create(&thread, &attributes, runThreadBody, work.toOpaque())
    precondition(result == 0, "could not start the thread \(name)")
}

private final class ThreadBody: Sendable {
    let name: String
    let run: @Sendable () -> Void

    init(name: String, run: @escaping @Sendable () -> Void) {
        self.name = name
        self.run = run
    }
}

private func runThreadBody(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    let body = Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue()
    clinux_name_thread(body.name)
    body.run()
    return nil
}

import Loop

/// One wait for a descriptor to become ready, on a loop. It ends when that comes true, when it is woken, or when the
/// waiting task is cancelled, also before it began.
///
/// Unchecked because every member that changes is touched on the loop's thread only.
final class DescriptorWait: Pollable, @unchecked Sendable {
    private let loop: EventLoop
    private var token: WatchToken?
    private var continuation: UnsafeContinuation<Void, Never>?
    private var isOver = false

    init(on loop: EventLoop) {
        self.loop = loop
    }

    func wait(for interest: Readiness, of descriptor: Int32) async {
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                loop.execute { self.begin(descriptor, interest, continuation) }
            }
        } onCancel: {
            wake()
        }
    }

    func wake() {
        loop.execute { self.end() }
    }

    private func begin(_ descriptor: Int32, _ interest: Readiness, _ continuation: UnsafeContinuation<Void, Never>) {
        self.continuation = continuation
        guard !isOver else { return end() }
        token = try? loop.watch(descriptor, for: interest, trigger: .level, by: self)
        if token == nil { end() }
    }

    func ready(_ readiness: Readiness) {
        end()
    }

    private func end() {
        isOver = true
        if let token { loop.unwatch(token) }
        token = nil
        continuation?.resume()
        continuation = nil
    }
}

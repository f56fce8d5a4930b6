/// Polled every few rows of long work; `true` ends it with `ImageError.stopped`. For a task's own cancellation:
/// `{ Task.isCancelled }`.
public typealias StopCheck = () -> Bool

/// A `StopCheck` as C can call it.
struct StopContext: ~Copyable {
    private final class Box {
        let shouldStop: StopCheck

        init(_ shouldStop: @escaping StopCheck) {
            self.shouldStop = shouldStop
        }
    }

    private let box: Box

    init(_ shouldStop: @escaping StopCheck) {
        box = Box(shouldStop)
    }

    /// The pointer is good only within `body`.
    borrowing func withPointer<Result>(_ body: (UnsafeMutableRawPointer) -> Result) -> Result {
        withExtendedLifetime(box) { body(Unmanaged.passUnretained(box).toOpaque()) }
    }

    static let poll: @convention(c) (UnsafeMutableRawPointer?) -> Int32 = { pointer in
        guard let pointer else { return 0 }
        return Unmanaged<Box>.fromOpaque(pointer).takeUnretainedValue().shouldStop() ? 1 : 0
    }
}

/// Carries a value that belongs to one loop through code that must be `Sendable`; it opens on that loop only.
///
/// Unchecked because the value is reached through `value` alone, which stops the process off the loop.
public struct LoopBound<Value>: @unchecked Sendable {
    public let loop: EventLoop
    private let bound: Value

    public init(_ value: Value, on loop: EventLoop) {
        loop.preconditionOnLoop()
        self.loop = loop
        bound = value
    }

    @inline(__always)
    public var value: Value {
        loop.preconditionOnLoop()
        return bound
    }
}

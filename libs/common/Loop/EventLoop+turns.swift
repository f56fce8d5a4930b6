extension EventLoop {
    /// Runs `body` in the next turn, behind the events that it brings. Who has had its share of this turn and wants more
    /// goes on there.
    public func onNextTurn(_ body: @escaping () -> Void) {
        preconditionOnLoop()
        nextTurn.append(body)
    }

    /// Lets everything else that is ready on this loop go first: tasks, descriptors, timers.
    public func yield() async {
        await withUnsafeContinuation { continuation in onNextTurn { continuation.resume() } }
    }
}

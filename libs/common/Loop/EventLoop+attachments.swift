extension EventLoop {
    /// One object of a kind a loop, made on first use: a connection pool, a scratch buffer.
    public func attachment<Object: AnyObject>(_ type: Object.Type, make: () -> Object) -> Object {
        preconditionOnLoop()
        if let found = attachments[ObjectIdentifier(type)] as? Object { return found }
        let made = make()
        attachments[ObjectIdentifier(type)] = made
        return made
    }

    /// Runs `body` as a task that stays on this loop, and answers its result.
    public func run<Result: Sendable>(_ body: @escaping @Sendable () async throws -> Result) async throws -> Result {
        let task = Task(executorPreference: self) { try await body() }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }
}

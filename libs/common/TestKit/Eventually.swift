import Loop

/// Waits for a condition, and answers whether it came to hold in time.
public func eventually(
    within limit: Duration = .seconds(20), _ condition: () async throws -> Bool
) async rethrows -> Bool {
    let deadline = Deadline.after(limit)
    while Deadline.now < deadline {
        if try await condition() { return true }
        try? await Task.sleep(for: .milliseconds(2))
    }
    return try await condition()
}

public struct NotInTime: Error, CustomStringConvertible {
    public let description: String
}

/// Waits for a condition without which the test cannot go on.
public func eventually(
    within seconds: Int = 10, _ what: String, _ condition: () async throws -> Bool
) async throws {
    if try await eventually(within: .seconds(seconds), condition) { return }
    throw NotInTime(description: "not within \(seconds) s: \(what)")
}

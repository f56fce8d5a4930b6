/// A client's connection as the registry of its loop knows it; each protocol has its own.
class ServedConnection {
    /// Where the registry keeps it.
    final var registryIndex = 0

    /// Lets the client know that it should go elsewhere soon, where the protocol can say so before an answer.
    func beginDraining() {}

    /// Ends the connection unless a request is under way.
    func closeIfIdle() {}

    /// Ends the connection and whatever its handlers are doing.
    func abort() {}
}

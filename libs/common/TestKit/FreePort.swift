/// A port that nobody listened on a moment ago, for programs that cannot choose one themselves.
public func freePort() throws -> UInt16 {
    let server = try ScriptedServer { _ in }
    defer { server.stop() }
    return server.port
}

/// Answers requests. It cannot fail: what goes wrong becomes a response before it gets here.
public protocol Responder: Sendable {
    func respond(to request: Request) async -> Response
}

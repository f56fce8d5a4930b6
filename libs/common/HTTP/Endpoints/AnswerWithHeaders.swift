/// An endpoint's answer that has fields of its own beside the body: `Cache-Control`, `Location`, `Set-Cookie`.
public protocol AnswerWithHeaders: Codable, Sendable {
    /// No part of the body.
    var answerHeaders: Headers { get }
}

/// An endpoint's body that may be left out; then it is what `init` makes.
public protocol OptionalBody: Decodable, Sendable {
    init()
}

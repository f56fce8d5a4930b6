/// Why a message was refused. The connection answers with the status and closes: what follows cannot be trusted.
public struct ParseFailure: Error, Sendable, Equatable {
    public let status: Status
    public let code: String
    public let message: String

    init(_ status: Status = .badRequest, _ code: String, _ message: String) {
        self.status = status
        self.code = code
        self.message = message
    }

    static func malformed(_ message: String) -> ParseFailure {
        ParseFailure(.badRequest, "malformed_request", message)
    }
}

/// The limits of a message's head.
public struct HeadLimits: Sendable {
    /// The longest request line or status line.
    public var startLineBytes = 8 * 1024
    /// The whole head.
    public var headBytes = 16 * 1024
    public var fieldCount = 100

    public init() {}
}

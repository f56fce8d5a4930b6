/// What a typed endpoint works with: its parameters and body, decoded and validated, and the request itself.
public struct Call<Parameters: Sendable, Body: Sendable>: Sendable {
    public let request: Request
    public let parameters: Parameters
    public let body: Body
}

/// No parameters, or no body.
public struct Nothing: Codable, Sendable, Equatable {
    public init() {}
}

/// What one route is, for the OpenAPI document.
public struct Operation: Sendable {
    public var method = Method.get
    public var path = ""
    public var summary: String

    public init(_ summary: String) {
        self.summary = summary
    }
}

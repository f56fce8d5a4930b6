/// Who signs, and the secret that proves it.
public struct ObjectCredentials: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
    public let accessKey: String
    public let secretKey: String
    /// Goes with temporary keys.
    public let sessionToken: String?

    public init(accessKey: String, secretKey: String, sessionToken: String? = nil) {
        self.accessKey = accessKey
        self.secretKey = secretKey
        self.sessionToken = sessionToken
    }

    /// Never the secret, wherever it is printed.
    public var description: String { "credentials of \(accessKey)" }
    public var customMirror: Mirror { Mirror(self, children: ["accessKey": accessKey]) }
}

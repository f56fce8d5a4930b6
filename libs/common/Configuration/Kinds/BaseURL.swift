/// The URL of a service, to which paths are added: scheme, host, port and perhaps a path, and nothing that could hold
/// a secret.
public struct BaseURL: Sendable, Hashable, CustomStringConvertible {
    public let scheme: String
    public let address: HostPort
    /// Empty, or `/` and more, never with a `/` at its end.
    public let path: String

    public var host: String { address.host }
    public var port: Int { address.port }

    /// Refuses user names, queries and fragments, and schemes that are not among those given.
    public init?(_ text: String, schemes: [String] = ["http", "https"]) {
        guard text.utf8.count <= 2048, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        guard let colon = text.firstIndex(of: ":") else { return nil }
        scheme = text[..<colon].lowercased()
        let rest = text[text.index(after: colon)...]
        guard schemes.contains(scheme), rest.hasPrefix("//") else { return nil }
        let afterSlashes = rest.dropFirst(2)
        let pathStart = afterSlashes.firstIndex(of: "/") ?? afterSlashes.endIndex
        var path = afterSlashes[pathStart...]
        guard path.utf8.allSatisfy({ !"?#\"<>\\^`{|}".utf8.contains($0) }) else { return nil }
        while path.hasSuffix("/") { path = path.dropLast() }
        guard let address = HostPort(afterSlashes[..<pathStart], defaultPort: Self.defaultPorts[scheme]) else {
            return nil
        }
        self.address = address
        self.path = String(path)
    }

    /// Without the port where it goes without saying.
    public var description: String {
        let host = address.host.contains(":") ? "[\(address.host)]" : address.host
        return Self.defaultPorts[scheme] == port ? "\(scheme)://\(host)\(path)" : "\(scheme)://\(address)\(path)"
    }

    private static let defaultPorts = ["http": 80, "https": 443]
}

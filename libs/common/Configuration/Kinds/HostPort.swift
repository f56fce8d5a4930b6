/// Where to connect to or to listen: `db:5432`, `127.0.0.1:80`, `[::1]:80`.
public struct HostPort: Sendable, Hashable, CustomStringConvertible {
    /// A name or an address; an IPv6 address without its brackets.
    public let host: String
    public let port: Int

    /// Without a port in the text, the default port is taken, if there is one.
    public init?(_ text: some StringProtocol, defaultPort: Int? = nil) {
        let host: Substring
        let rest: Substring
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            host = Substring(text[text.index(after: text.startIndex)..<end])
            rest = Substring(text[text.index(after: end)...])
            guard host.utf8.contains(UInt8(ascii: ":")), host.utf8.allSatisfy(isAddressByte) else { return nil }
        } else {
            let end = text.firstIndex(of: ":") ?? text.endIndex
            host = Substring(text[..<end])
            rest = Substring(text[end...])
            guard isHostName(host) else { return nil }
        }
        guard let port = rest.isEmpty ? defaultPort : Self.port(rest) else { return nil }
        self.host = String(host)
        self.port = port
    }

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    private static func port(_ text: Substring) -> Int? {
        guard text.hasPrefix(":"), (2...6).contains(text.utf8.count) else { return nil }
        guard text.utf8.dropFirst().allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(text.dropFirst()).flatMap { (1...65_535).contains($0) ? $0 : nil }
    }
}

/// Labels of letters, digits, `-` and, since container networks have them, `_`.
private func isHostName(_ text: Substring) -> Bool {
    guard (1...253).contains(text.utf8.count) else { return false }
    return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
        (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
            && label.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20) || $0 == 0x2D || $0 == 0x5F
            }
    }
}

/// Hexadecimal digits, colons and the dots of an embedded IPv4 address.
private func isAddressByte(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte | 0x20) || byte == 0x3A || byte == 0x2E
}

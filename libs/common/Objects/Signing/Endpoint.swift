/// Where a store answers: scheme, host and port, and nothing else, since a path would be part of what is signed.
public struct ObjectEndpoint: Sendable, Equatable, LosslessStringConvertible {
    public let isSecure: Bool
    public let host: String
    public let port: UInt16?

    /// `https://s3.eu-central-1.amazonaws.com`, `http://127.0.0.1:9000`; a slash at the end is allowed.
    public init?(_ text: String) {
        var rest = text[...]
        if rest.hasPrefix("https://") {
            isSecure = true
        } else if rest.hasPrefix("http://") {
            isSecure = false
        } else {
            return nil
        }
        rest = rest.dropFirst(isSecure ? 8 : 7)
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        var host = rest
        var port: UInt16?
        if let colon = rest.lastIndex(of: ":"), !rest[colon...].contains("]") {
            let digits = rest[rest.index(after: colon)...]
            guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt16(digits), number > 0
            else { return nil }
            host = rest[..<colon]
            port = number
        }
        guard Self.isHost(host) else { return nil }
        self.host = host.lowercased()
        self.port = port == (isSecure ? 443 : 80) ? nil : port
    }

    private static func isHost(_ host: Substring) -> Bool {
        let bytes = Array(host.utf8)
        guard !bytes.isEmpty, bytes.count <= 253 else { return false }
        if bytes.first == UInt8(ascii: "[") {
            return bytes.last == UInt8(ascii: "]")
                && bytes.dropFirst().dropLast().allSatisfy { isHexadecimal($0) || $0 == UInt8(ascii: ":") }
        }
        return bytes.allSatisfy {
            (0x30...0x39).contains($0) || (0x61...0x7a).contains($0 | 0x20) || $0 == UInt8(ascii: "-")
                || $0 == UInt8(ascii: ".")
        } && !host.hasPrefix(".")
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte | 0x20)
    }

    /// As in the `host` header: the port only when it is not the scheme's own.
    public var authority: String { port.map { "\(host):\($0)" } ?? host }

    public var description: String { (isSecure ? "https://" : "http://") + authority }

    /// With the bucket in the host's name.
    func prefixed(by bucket: BucketName) -> String { "\(bucket).\(authority)" }
}

/// Where internal requests go: a host and a port. Make it once and keep it: its hash, its `Host` field and, for a
/// numeric address, the address itself are computed here.
public struct Origin: Hashable, Sendable, CustomStringConvertible {
    private final class Details: Sendable {
        let host: String
        let port: UInt16
        let hash: Int
        let authority: [UInt8]
        let address: SocketAddress?

        init(host: String, port: UInt16) {
            self.host = host
            self.port = port
            var hasher = Hasher()
            hasher.combine(host)
            hasher.combine(port)
            hash = hasher.finalize()
            let name = host.contains(":") ? "[\(host)]" : host
            authority = Array((port == 80 ? name : "\(name):\(port)").utf8).map {
                CharacterClass.isHost($0) ? $0 : UInt8(ascii: "-")
            }
            address = SocketAddress(host: host, port: port)
        }
    }

    private let details: Details

    /// `host` is a name or a numeric address; one of IPv6 without its brackets.
    public init(host: String, port: UInt16) {
        details = Details(host: host, port: port)
    }

    public var host: String { details.host }
    public var port: UInt16 { details.port }

    /// The value of the `Host` field.
    var authority: [UInt8] { details.authority }
    /// Nil for a name, which must be resolved.
    var address: SocketAddress? { details.address }

    public var description: String { String(decoding: details.authority, as: UTF8.self) }

    public static func == (a: Origin, b: Origin) -> Bool {
        if a.details === b.details { return true }
        return a.details.hash == b.details.hash && a.port == b.port && a.host == b.host
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(details.hash)
    }
}

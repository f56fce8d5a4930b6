/// Decides which addresses a URL that came from outside may lead to: the public internet, and nothing else unless a
/// setting allows it. It judges the address of a socket about to connect, so no name that resolves differently a
/// moment later gets past it, and neither does any spelling of an address.
public struct AddressGuard: Sendable {
    /// Networks that may be reached although they are not public.
    public var allowed: [IPNetwork]

    public init(allowing allowed: [IPNetwork] = []) {
        self.allowed = allowed
    }

    public func permits(_ address: IPAddress) -> Bool {
        if allowed.contains(where: { $0.contains(address) }) { return true }
        switch address {
        case .v4: return !Self.special4.contains { $0.contains(address) }
        case .v6: return Self.global6.contains(address) && !Self.special6.contains { $0.contains(address) }
        }
    }

    /// The special-purpose networks of IPv4 (RFC 6890 and the IANA registry), and one that is special in practice.
    private static let special4 = networks(
        "0.0.0.0/8",  // this host
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",  // private
        "100.64.0.0/10",  // carrier-grade NAT, where a cloud keeps its metadata
        "127.0.0.0/8",  // loopback
        "169.254.0.0/16",  // link-local, where most clouds keep their metadata
        "168.63.129.16/32",  // a cloud's host, seen from its machines
        "192.0.0.0/24",  // protocol assignments
        "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24",  // documentation
        "192.88.99.0/24",  // 6to4 relays
        "198.18.0.0/15",  // benchmarks
        "224.0.0.0/4", "240.0.0.0/4"  // multicast; reserved and broadcast
    )

    /// Of IPv6 only this is given out for global use. Outside lie the unspecified address and loopback, `fc00::/7`,
    /// `fe80::/10`, `ff00::/8`, all that is unassigned, and what wraps an address of IPv4: mapped, compatible and
    /// translated ones (`::ffff:0:0/96`, `::/96`, `64:ff9b::/96`).
    private static let global6 = networks("2000::/3")[0]

    /// What lies inside and is special all the same.
    private static let special6 = networks(
        "2001::/23",  // protocol assignments, with Teredo's 2001::/32, which tunnels to any IPv4 address
        "2001:db8::/32", "3fff::/20",  // documentation
        "2002::/16"  // 6to4, which tunnels to any IPv4 address
    )

    private static func networks(_ texts: String...) -> [IPNetwork] {
        texts.map { text in
            guard let network = IPNetwork(text) else { preconditionFailure("'\(text)' is not a network") }
            return network
        }
    }
}

import HTTP

/// Who a request comes from, when proxies that we trust may stand between: the last address in the chain that is not
/// theirs. What stands left of it was written by whoever that is, and means nothing.
struct ClientAddress: Sendable {
    let trusted: [IPNetwork]

    /// The longest chain that is looked at, from its end.
    static let maximumHops = 32

    func of(_ request: Request) -> String {
        if trusted.isEmpty { return request.peer.host }
        return of(peer: request.peer.host, forwardedFor: request.headers.values("x-forwarded-for"))
    }

    func of(peer: String, forwardedFor: [String]) -> String {
        guard !trusted.isEmpty, isTrusted(peer) else { return peer }
        let chain = forwardedFor.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }
        var last = peer
        for hop in chain.suffix(Self.maximumHops).reversed() {
            let text = String(hop.filter { $0 != " " && $0 != "\t" })
            // What is no address cannot be judged, and nothing before it either.
            guard IPAddress(text) != nil else { return last }
            last = text
            guard isTrusted(text) else { return text }
        }
        return last
    }

    func isTrusted(_ peer: String) -> Bool {
        guard let address = IPAddress(peer) else { return false }
        return trusted.contains { $0.contains(address) }
    }

    /// By what a client is counted: who has an address of IPv6 has the 2^64 of its network.
    static func network(of address: String) -> String {
        guard case .v6(let high, _)? = IPAddress(address) else { return address }
        return IPAddress.v6(high: high, low: 0).description
    }
}

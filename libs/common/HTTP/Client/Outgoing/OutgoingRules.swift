/// Where outgoing requests may go.
public struct OutgoingRules: Sendable {
    public enum Reach: Sendable {
        /// For URLs that came from outside. There is no proxy here: it would hide the address that must be judged.
        case guarded(AddressGuard)
        /// For URLs from our own settings. A proxy is used only when it is named here, never one of the environment.
        case anywhere(proxy: String? = nil)
    }

    public var reach: Reach
    public var allowsPlainHTTP: Bool
    /// Nil for every port.
    public var ports: Set<UInt16>?

    public init(reach: Reach, allowsPlainHTTP: Bool, ports: Set<UInt16>?) {
        self.reach = reach
        self.allowsPlainHTTP = allowsPlainHTTP
        self.ports = ports
    }

    /// For URLs that came from outside: `https` to public addresses on the usual port.
    public static let untrusted = OutgoingRules(
        reach: .guarded(AddressGuard()), allowsPlainHTTP: false, ports: [443])

    /// For URLs from our own settings.
    public static let trusted = OutgoingRules(reach: .anywhere(), allowsPlainHTTP: true, ports: nil)

    /// Why a URL may never be fetched, as far as its text tells: its name's addresses are judged when it is. Nil when it may.
    public func problem(with url: String) -> String? {
        do throws(ClientError) {
            let url = try OutgoingURL(url, self)
            let literal = url.host.hasPrefix("[") ? String(url.host.dropFirst().dropLast()) : url.host
            guard let address = IPAddress(literal), !permits(address) else { return nil }
            return "the address \(literal) is not public"
        } catch {
            if case .refusedDestination(let reason) = error { return reason }
            return "\(error)"
        }
    }

    func permits(_ address: IPAddress?) -> Bool {
        guard case .guarded(let addresses) = reach else { return true }
        return address.map(addresses.permits) ?? false
    }

    var proxy: String? {
        if case .anywhere(let proxy) = reach { proxy } else { nil }
    }
}

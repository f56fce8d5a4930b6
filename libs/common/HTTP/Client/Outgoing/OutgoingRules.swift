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

    func permits(_ address: IPAddress?) -> Bool {
        guard case .guarded(let addresses) = reach else { return true }
        return address.map(addresses.permits) ?? false
    }

    var proxy: String? {
        if case .anywhere(let proxy) = reach { proxy } else { nil }
    }
}

import Glibc

/// What the text of a `HOST` stands for.
package enum ListeningAddress {
    package static func isValid(_ host: String) -> Bool {
        if host == "localhost" { return true }
        var four = in_addr()
        var six = in6_addr()
        return inet_pton(AF_INET, host, &four) == 1 || inet_pton(AF_INET6, host, &six) == 1
    }

    /// Whether two sockets could not have the same port: on the same address, or when one takes every address.
    package static func collide(_ a: String, _ b: String) -> Bool {
        reachable(a) == reachable(b) || isEverywhere(a) || isEverywhere(b)
    }

    /// The numeric address at which what listens there is reached from this machine.
    package static func reachable(_ host: String) -> String {
        switch host {
        case "localhost", "0.0.0.0": "127.0.0.1"
        case "::": "::1"
        default: host
        }
    }

    private static func isEverywhere(_ host: String) -> Bool { host == "0.0.0.0" || host == "::" }
}

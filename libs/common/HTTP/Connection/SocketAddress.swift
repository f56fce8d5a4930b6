import CLinux
import Glibc

/// An IPv4 or IPv6 address with its port.
struct SocketAddress: Sendable {
    private var storage: sockaddr_storage

    init(storage: sockaddr_storage) {
        self.storage = storage
    }

    /// From a numeric address; names are not resolved here.
    init?(host: String, port: UInt16) {
        storage = sockaddr_storage()
        var four = in_addr()
        var six = in6_addr()
        if inet_pton(AF_INET, host, &four) == 1 {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr = four
            withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: address, as: sockaddr_in.self) }
        } else if inet_pton(AF_INET6, host, &six) == 1 {
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            address.sin6_addr = six
            withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: address, as: sockaddr_in6.self) }
        } else {
            return nil
        }
    }

    var family: Int32 { Int32(storage.ss_family) }

    func withSockaddr<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        let length = family == AF_INET6 ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size
        return withUnsafePointer(to: storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(length)) }
        }
    }

    var peer: PeerAddress {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        return withUnsafeBytes(of: storage) { bytes in
            switch family {
            case AF_INET:
                let address = bytes.load(as: sockaddr_in.self)
                var four = address.sin_addr
                inet_ntop(AF_INET, &four, &text, socklen_t(text.count))
                return PeerAddress(host: Self.string(text), port: UInt16(bigEndian: address.sin_port))
            case AF_INET6:
                let address = bytes.load(as: sockaddr_in6.self)
                var six = address.sin6_addr
                inet_ntop(AF_INET6, &six, &text, socklen_t(text.count))
                let host = Self.string(text)
                // A client of IPv4 on a socket for both: it is who it is on one of its own.
                let isMapped = host.hasPrefix("::ffff:") && host.utf8.contains(UInt8(ascii: "."))
                return PeerAddress(
                    host: isMapped ? String(host.dropFirst("::ffff:".count)) : host,
                    port: UInt16(bigEndian: address.sin6_port))
            default:
                return PeerAddress(host: "unknown", port: 0)
            }
        }
    }

    private static func string(_ text: [CChar]) -> String {
        String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

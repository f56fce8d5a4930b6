import Glibc
import Loop

/// A PostgreSQL server of a test's own, to be stopped and started at will. It keeps its promises to the disk, as the one
/// in production does.
public final class ThrowAwayCluster: Sendable {
    public struct Failed: Error, CustomStringConvertible {
        public let description: String
    }

    public let url: String
    private let folder: String
    private let programs: String
    private let port: UInt16
    private static let blocking = BlockingPool(maximumThreads: 4)

    /// Where the server's programs are; nil when there are none, or nobody may run them.
    public static var programs: String? {
        let root = "/usr/lib/postgresql"
        guard let listing = opendir(root) else { return nil }
        defer { closedir(listing) }
        var versions: [Int] = []
        while let entry = readdir(listing) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let version = Int(name), access("\(root)/\(name)/bin/initdb", X_OK) == 0 { versions.append(version) }
        }
        return versions.max().map { "\(root)/\($0)/bin" }
    }

    public static func start() async throws -> ThrowAwayCluster {
        guard let programs else { throw Failed(description: "no PostgreSQL server is installed") }
        return try await blocking.run {
            let cluster = try ThrowAwayCluster(programs)
            do {
                try cluster.shell(
                    "\(programs)/initdb -D \(cluster.folder)/data -U postgres --auth=trust --no-sync -E UTF8 --locale=C"
                )
                try cluster.control("start")
            } catch {
                cluster.remove()
                throw error
            }
            return cluster
        }
    }

    private init(_ programs: String) throws {
        self.programs = programs
        // Not below TMPDIR: the server's user may not be able to go there.
        var template = Array("/var/tmp/pentad-cluster-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failed(description: "cannot make a folder in /var/tmp") }
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        if geteuid() == 0 {
            guard let user = getpwnam("postgres") else { throw Failed(description: "there is no user postgres") }
            chown(folder, user.pointee.pw_uid, user.pointee.pw_gid)
        }
        port = try Self.freePort()
        url = "postgresql://postgres@127.0.0.1:\(port)/postgres"
    }

    /// Stops the server as a power cut would, and starts it again.
    public func crash() async throws {
        try await Self.blocking.run {
            try self.control("stop -m immediate")
            try self.control("start")
        }
    }

    public func stop() async throws {
        try await Self.blocking.run { try self.control("stop -m fast") }
    }

    public func startAgain() async throws {
        try await Self.blocking.run { try self.control("start") }
    }

    public func drop() async {
        try? await Self.blocking.run {
            try? self.control("stop -m immediate")
            self.remove()
        }
    }

    private func control(_ what: String) throws {
        let options = "-p \(port) -c listen_addresses=127.0.0.1 -c unix_socket_directories=\(folder)"
        try shell("\(programs)/pg_ctl -D \(folder)/data -l \(folder)/log -o '\(options)' -t 60 -w \(what)")
    }

    private func remove() {
        _ = try? shell("rm -rf \(folder)/data \(folder)/log")
        rmdir(folder)
    }

    /// The server refuses to be root's. All parts of the commands are ours.
    private func shell(_ command: String) throws {
        let line = geteuid() == 0 ? "su postgres -s /bin/sh -c \"\(command)\"" : command
        let status = system("cd / && \(line) >/dev/null 2>&1 </dev/null")
        guard status == 0 else { throw Failed(description: "failed (\(status)): \(command)") }
    }

    private static func freePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr = in_addr(s_addr: UInt32(0x7f00_0001).bigEndian)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let size = length
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 ? getsockname(descriptor, $0, &length) : -1
            }
        }
        guard result == 0 else { throw Failed(description: "no free port") }
        return UInt16(bigEndian: address.sin_port)
    }
}

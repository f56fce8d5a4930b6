import CLinux
import Glibc
import Loop

/// A PostgreSQL server of a test's own, to be stopped, killed and started again; its data is gone afterwards.
public final class ThrowAwayPostgres: Sendable {
    public enum Stop: Sendable {
        /// Ends sessions and writes everything.
        case fast
        /// As when the machine loses its power.
        case kill
    }

    public struct Failed: Error, CustomStringConvertible {
        public let description: String
    }

    public let port: Int
    private let programs: String
    private let directory: ThrowAwayDirectory
    private let options: [String]
    private let process = Locked<TestProcess?>(nil)

    public var url: String { "postgresql://postgres@127.0.0.1:\(port)/postgres" }

    /// Where the server's programs are; nil when none are installed.
    public static let programs: String? = {
        let root = "/usr/lib/postgresql"
        guard let folder = opendir(root) else { return nil }
        defer { closedir(folder) }
        var versions: [Int] = []
        while let entry = readdir(folder) {
            let name = String(cString: clinux_entry_name(entry))
            if let version = Int(name), access("\(root)/\(name)/bin/initdb", X_OK) == 0 { versions.append(version) }
        }
        return versions.max().map { "\(root)/\($0)/bin" }
    }()

    /// Makes a cluster and starts it, with settings such as `fsync=off`.
    public static func start(_ options: [String] = ["fsync=off"]) async throws -> ThrowAwayPostgres {
        guard let programs else { throw Failed(description: "no PostgreSQL server is installed") }
        let server = try ThrowAwayPostgres(programs, options)
        try await server.command(
            "initdb",
            ["-D", server.data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "-N"])
        try await server.start()
        return server
    }

    private init(_ programs: String, _ options: [String]) throws {
        self.programs = programs
        self.options = options
        directory = try ThrowAwayDirectory(prefix: "postgres")
        port = try FreePort.find()
        if geteuid() == 0, let nobody = getpwnam("nobody") {
            chown(directory.path, nobody.pointee.pw_uid, nobody.pointee.pw_gid)
        }
    }

    deinit {
        process.withLock { process in
            process?.signal(SIGQUIT)
            process = nil
        }
        directory.remove()
    }

    private var data: String { "\(directory.path)/data" }

    /// The server refuses to run as root.
    private func unprivileged(_ program: String, _ arguments: [String]) -> (String, [String]) {
        let path = "\(programs)/\(program)"
        guard geteuid() == 0 else { return (path, arguments) }
        return ("setpriv", ["--reuid", "nobody", "--regid", "nogroup", "--clear-groups", "--", path] + arguments)
    }

    private func command(_ program: String, _ arguments: [String]) async throws {
        let (path, arguments) = unprivileged(program, arguments)
        let (output, status) = try await TestProcess.run(path, arguments)
        guard status == 0 else { throw Failed(description: "\(program): \(output)") }
    }

    /// Starts it again on the same port, and waits until it answers.
    public func start() async throws {
        let settings =
            options + [
                "port=\(port)", "listen_addresses=127.0.0.1", "unix_socket_directories=", "log_min_messages=fatal",
            ]
        let (path, arguments) = unprivileged("postgres", ["-D", data] + settings.flatMap { ["-c", $0] })
        let started = try TestProcess(path, arguments)
        process.withLock { $0 = started }
        let deadline = Deadline.after(.seconds(30))
        while try await TestProcess.run("\(programs)/pg_isready", ["-q", "-h", "127.0.0.1", "-p", "\(port)"]).status
            != 0
        {
            guard Deadline.now < deadline else { throw Failed(description: "PostgreSQL did not start within 30 s") }
        }
    }

    /// Stops it and waits until it is gone.
    public func stop(_ stop: Stop = .fast) async throws {
        let running = process.withLock { process in
            defer { process = nil }
            return process
        }
        guard let running else { return }
        switch stop {
        case .fast: running.signal(SIGINT)
        case .kill: running.signal(SIGQUIT)
        }
        _ = try await running.finish()
    }
}

/// A port of the loopback that nobody listens on.
public enum FreePort {
    public static func find() throws -> Int {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port: UInt16? = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                guard bind(socket, pointer, length) == 0, getsockname(socket, pointer, &length) == 0 else { return nil }
                return pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                    UInt16(bigEndian: $0.pointee.sin_port)
                }
            }
        }
        guard let port else { throw ThrowAwayPostgres.Failed(description: "no port is free") }
        return Int(port)
    }
}

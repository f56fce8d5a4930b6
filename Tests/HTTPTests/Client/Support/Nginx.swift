import Glibc
import TestKit

/// A real nginx on a free port of this machine, with a folder of its own; nil where there is none to run.
final class Nginx: Sendable {
    static let binary: String? = {
        let path = getenv("PENTAD_TEST_NGINX").map { String(cString: $0) } ?? "/usr/sbin/nginx"
        return access(path, X_OK) == 0 ? path : nil
    }()
    static let isMissing = "nginx is not installed (PENTAD_TEST_NGINX names another place)"

    let port: UInt16
    let directory: ThrowAwayDirectory
    private let process: pid_t

    /// `server` goes into the server block; `listen` takes what follows the port in its directive.
    init(_ server: String, listen: String = "", directory: ThrowAwayDirectory? = nil) throws {
        guard let binary = Self.binary else { throw CannotStart(reason: Self.isMissing) }
        self.directory = try directory ?? ThrowAwayDirectory(prefix: "pentad-nginx")
        let path = self.directory.path
        port = UInt16(try FreePort.find())
        let configuration = """
            daemon off;
            master_process off;
            pid \(path)/nginx.pid;
            error_log \(path)/error.log;
            events { worker_connections 256; }
            http {
                access_log off;
                client_body_temp_path \(path)/body;
                proxy_temp_path \(path)/proxy;
                fastcgi_temp_path \(path)/fastcgi;
                uwsgi_temp_path \(path)/uwsgi;
                scgi_temp_path \(path)/scgi;
                server {
                    listen 127.0.0.1:\(port) \(listen);
                    root \(path);
                    \(server)
                }
            }
            """
        try writeFile("\(path)/nginx.conf", Array(configuration.utf8))
        process = try spawn([binary, "-p", path, "-c", "\(path)/nginx.conf", "-e", "\(path)/error.log"])
        try waitUntilListening(port)
    }

    struct CannotStart: Error, CustomStringConvertible {
        let reason: String
        var description: String { reason }
    }

    func stop() {
        kill(process, SIGKILL)
        var status: Int32 = 0
        waitpid(process, &status, 0)
        directory.remove()
    }
}

func writeFile(_ path: String, _ bytes: [UInt8]) throws {
    guard let file = fopen(path, "w") else { throw Nginx.CannotStart(reason: "cannot write \(path)") }
    fwrite(bytes, 1, bytes.count, file)
    fclose(file)
}

/// Starts a program of an absolute path, its output thrown away.
func spawn(_ arguments: [String]) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    for descriptor in [STDOUT_FILENO, STDERR_FILENO] {
        posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_WRONLY, 0)
    }
    defer { posix_spawn_file_actions_destroy(&actions) }
    // Threads of a loop or a pool block every signal; a child must not inherit that.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    var words = arguments.map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var process = pid_t()
    guard posix_spawn(&process, arguments[0], &actions, &attributes, &words, environ) == 0 else {
        throw Nginx.CannotStart(reason: "cannot start \(arguments[0])")
    }
    return process
}

/// Runs a program to its end; answers its exit status.
func runToEnd(_ arguments: [String]) throws -> Int32 {
    let process = try spawn(arguments)
    var status: Int32 = 0
    waitpid(process, &status, 0)
    return status
}

private func waitUntilListening(_ port: UInt16) throws {
    for _ in 0..<2000 {
        let descriptor = blockingSocket()
        defer { close(descriptor) }
        var address = sockaddr_in.loopback(port: port)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if result == 0 { return }
        usleep(5000)
    }
    throw Nginx.CannotStart(reason: "nothing listens on port \(port)")
}

import Glibc
import HTTP
import Loop
import TestKit
import Testing

/// The clients are another process: both ends of so many connections are more than one process may have open.
@Suite("Thousands of connections", .timeLimit(.minutes(3)))
struct ManyConnectionsTests {
    private static let count = 9_500

    /// Raises the soft limit of open files as far as needed; false when the hard one is too low.
    private static let mayOpenEnough: Bool = {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        let wanted = rlim_t(count + 4_000)
        guard limit.rlim_max >= wanted else { return false }
        limit.rlim_cur = max(limit.rlim_cur, wanted)
        return setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
    }()

    @Test(
        "stay open on one server, and each is answered again and again",
        .enabled(if: mayOpenEnough, "this process may not open enough files"))
    func keepAlive() async throws {
        try await withServer({ routes in
            routes.on(.get, "/n/{number}") { request in .text("number \(request.parameter("number") ?? "none")") }
        }) { server, port in
            let start = Deadline.now
            let clients = try TestProcess(
                ForeignClientTests.python, ["-c", Self.script],
                environment: ["PORT": "\(port)", "COUNT": "\(Self.count)"])
            let opened = try await clients.read(until: "all open\n", within: 60)
            #expect(opened == "all open\n")
            #expect(server.openConnections == Self.count)
            clients.signal(SIGUSR1)
            let result = try await clients.finish(within: 60)
            #expect(result.status == 0)
            #expect(result.output == "all answered\n")
            // Five seconds on two idle cores, without optimisation.
            #expect(Deadline.now.duration(since: start) < .seconds(60))
            let areClosed = await eventually { server.openConnections == 0 }
            #expect(areClosed)
        }
    }

    /// Each connection asks three times: once when all are open, twice with all the others busy.
    private static let script = """
        import os, resource, signal, socket
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
        count, port = int(os.environ["COUNT"]), int(os.environ["PORT"])
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, count + 1000), hard))
        clients = []
        for _ in range(count):
            clients.append(socket.create_connection(("127.0.0.1", port), timeout=20))
        def ask(number):
            clients[number].sendall(b"GET /n/%d HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n" % number)
        def expect(number):
            answer = b""
            while b"\\r\\n\\r\\n" not in answer or not answer.endswith(b"number %d" % number):
                block = clients[number].recv(4096)
                assert block, f"connection {number} was closed after {answer}"
                answer += block
            assert answer.startswith(b"HTTP/1.1 200 "), answer
        for number in range(count):
            ask(number)
            expect(number)
        print("all open", flush=True)
        signal.sigwait([signal.SIGUSR1])
        for _ in range(2):
            for number in range(count): ask(number)
            for number in reversed(range(count)): expect(number)
        print("all answered", flush=True)

        """
}

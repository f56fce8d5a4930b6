import CLinux
import Glibc
import Loop

/// Resolves names with the system's resolver on threads that may block, and believes an answer for a short while.
final class Resolver: Sendable {
    private struct Entry {
        let addresses: [SocketAddress]
        let expires: Deadline
    }

    private static let maximumEntries = 256

    private let pool: BlockingPool
    private let lifetime: Duration
    private let cache = Locked<[Origin: Entry]>([:])

    init(pool: BlockingPool, lifetime: Duration) {
        self.pool = pool
        self.lifetime = lifetime
    }

    /// The addresses of a name, in the order in which to try them.
    func addresses(
        of origin: Origin, on loop: EventLoop, until deadline: Deadline
    ) async throws(ClientError) -> [SocketAddress] {
        if let entry = cache.withLock({ $0[origin] }), entry.expires > loop.now { return entry.addresses }
        guard let addresses = try await Lookup.run(on: loop, until: deadline, { [self] in await lookUp(origin) }),
            !addresses.isEmpty
        else { throw .couldNotResolve(host: origin.host) }
        return addresses
    }

    /// None of the addresses answered: ask again next time.
    func forget(_ origin: Origin) {
        cache.withLock { _ = $0.removeValue(forKey: origin) }
    }

    private func lookUp(_ origin: Origin) async -> [SocketAddress] {
        let (host, port) = (origin.host, origin.port)
        let found = (try? await pool.run { Self.resolve(host, port) }) ?? []
        guard !found.isEmpty else { return [] }
        let entry = Entry(addresses: found, expires: .after(lifetime))
        cache.withLock { cache in
            if cache.count >= Self.maximumEntries { cache.removeAll() }
            cache[origin] = entry
        }
        return found
    }

    private static func resolve(_ host: String, _ port: UInt16) -> [SocketAddress] {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        var addresses: [SocketAddress] = []
        var next = list
        while let entry = next {
            if let address = entry.pointee.ai_addr {
                addresses.append(SocketAddress(copying: address, length: entry.pointee.ai_addrlen))
            }
            next = entry.pointee.ai_next
        }
        return addresses
    }
}

extension SocketAddress {
    init(copying address: UnsafePointer<sockaddr>, length: socklen_t) {
        var storage = sockaddr_storage()
        withUnsafeMutableBytes(of: &storage) { bytes in
            bytes.copyMemory(from: UnsafeRawBufferPointer(start: address, count: min(Int(length), bytes.count)))
        }
        self.init(storage: storage)
    }
}

/// A wait for work that cannot be interrupted: it ends with the work, with the deadline, or with cancellation.
private final class Lookup {
    private enum Outcome: Sendable {
        case found([SocketAddress])
        case timedOut, cancelled
    }

    private var continuation: UnsafeContinuation<Outcome, Never>?
    private var timer: EventLoop.TimerHandle?

    static func run(
        on loop: EventLoop, until deadline: Deadline, _ work: @escaping @Sendable () async -> [SocketAddress]
    ) async throws(ClientError) -> [SocketAddress]? {
        let lookup = LoopBound(Lookup(), on: loop)
        let outcome = await withTaskCancellationHandler {
            await withUnsafeContinuation { (continuation: UnsafeContinuation<Outcome, Never>) in
                lookup.value.continuation = continuation
                lookup.value.timer = loop.schedule(at: deadline) { lookup.value.settle(.timedOut, loop) }
                // Goes on after the wait ended, so that its answer serves the next request.
                Task(executorPreference: loop) {
                    let found = await work()
                    lookup.value.settle(.found(found), loop)
                }
            }
        } onCancel: {
            loop.execute { lookup.value.settle(.cancelled, loop) }
        }
        switch outcome {
        case .found(let addresses): return addresses
        case .timedOut: throw .timedOut(.connecting)
        case .cancelled: throw .cancelled
        }
    }

    private func settle(_ outcome: Outcome, _ loop: EventLoop) {
        if let timer { loop.cancel(timer) }
        timer = nil
        continuation?.resume(returning: outcome)
        continuation = nil
    }
}

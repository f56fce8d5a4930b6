import CLinux
import Glibc
import Loop

/// Makes connections from one loop, trying the addresses of a name in turn.
final class Connector {
    private let loop: EventLoop
    private let resolver: Resolver

    init(loop: EventLoop, resolver: Resolver) {
        self.loop = loop
        self.resolver = resolver
    }

    func connect(to origin: Origin, until deadline: Deadline) async throws(ClientError) -> Channel {
        if let address = origin.address { return try await connect(address, origin, until: deadline) }
        let addresses = try await resolver.addresses(of: origin, on: loop, until: deadline)
        var failure = ClientError.couldNotResolve(host: origin.host)
        for (index, address) in addresses.enumerated() {
            // An address that does not answer leaves time for the ones after it.
            let left = deadline.nanoseconds - min(deadline.nanoseconds, loop.now.nanoseconds)
            let share = Nanoseconds(count: left / UInt64(addresses.count - index))
            do throws(ClientError) {
                return try await connect(address, origin, until: min(loop.now + share, deadline))
            } catch {
                if case .cancelled = error { throw error }
                failure = error
            }
        }
        resolver.forget(origin)
        throw failure
    }

    private func connect(
        _ address: SocketAddress, _ origin: Origin, until deadline: Deadline
    ) async throws(ClientError) -> Channel {
        let descriptor = clinux_socket(address.family, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Self.failure(origin, errno) }
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        let result = address.withSockaddr { Glibc.connect(descriptor, $0, $1) }
        guard result == 0 || errno == EINPROGRESS else {
            let code = errno
            Glibc.close(descriptor)
            throw Self.failure(origin, code)
        }
        guard let channel = try? Channel(descriptor: descriptor, loop: loop) else {
            throw .couldNotConnect("the descriptor cannot be watched")
        }
        if result != 0 {
            channel.expectConnect()
            try await finishConnect(channel, origin, until: deadline)
        }
        return channel
    }

    private func finishConnect(_ channel: Channel, _ origin: Origin, until deadline: Deadline) async throws(ClientError)
    {
        while true {
            switch await channel.waitUntilWritableOrCancelled(until: deadline) {
            case .ready:
                let code = channel.connectError()
                guard code != 0 else { return }
                channel.close()
                throw Self.failure(origin, code)
            case .timedOut:
                channel.close()
                throw .timedOut(.connecting)
            case .cancelled, .closed:
                channel.close()
                throw .cancelled
            }
        }
    }

    private static func failure(_ origin: Origin, _ code: Int32) -> ClientError {
        .couldNotConnect("\(origin): \(String(cString: strerror(code)))")
    }
}

import CLinux
import Glibc

extension EventLoop {
    /// Watches a descriptor; the loop keeps `pollable` alive until `unwatch`. The descriptor stays the caller's.
    public func watch(
        _ descriptor: Int32, for interest: Readiness, trigger: WatchTrigger = .edge, by pollable: any Pollable
    ) throws(LoopError) -> WatchToken {
        preconditionOnLoop()
        let token = watches.insert(pollable, descriptor: descriptor)
        guard control(EPOLL_CTL_ADD, token, interest, trigger) else {
            let code = errno
            _ = watches.remove(token)
            throw LoopError(operation: "epoll_ctl", code: code)
        }
        return token
    }

    /// Changes what a watched descriptor is watched for.
    public func rewatch(_ token: WatchToken, for interest: Readiness, trigger: WatchTrigger = .level) {
        preconditionOnLoop()
        guard watches.contains(token) else { return }
        _ = control(EPOLL_CTL_MOD, token, interest, trigger)
    }

    /// Ends a watch. Call it before the descriptor is closed.
    public func unwatch(_ token: WatchToken) {
        preconditionOnLoop()
        guard let pollable = watches.remove(token) else { return }
        _ = control(EPOLL_CTL_DEL, token, [], .level)
        withExtendedLifetime(pollable) {}
    }

    private func control(_ operation: Int32, _ token: WatchToken, _ interest: Readiness, _ trigger: WatchTrigger)
        -> Bool
    {
        var event = epoll_event()
        event.events = interest.rawValue | (trigger == .edge ? EPOLLET.rawValue : 0)
        event.data.u64 = UInt64(token.generation) << 32 | UInt64(UInt32(bitPattern: token.descriptor))
        return epoll_ctl(epoll, operation, token.descriptor, &event) == 0
    }

    /// How many descriptors are watched; a gauge.
    public var watchCount: Int {
        preconditionOnLoop()
        return watches.count
    }
}

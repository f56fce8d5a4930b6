import CCurl
import Glibc
import Loop

/// The sockets of libcurl's that a loop watches. Outlives libcurl's handles, which tell it of sockets to the last.
final class CurlSockets {
    private let loop: EventLoop
    private var watched: [curl_socket_t: CurlSocket] = [:]
    weak var owner: CurlLoop?

    init(loop: EventLoop) {
        self.loop = loop
    }

    /// `what` is a CURL_POLL_ value. Sockets are taken as level-triggered by libcurl, which leaves bytes in them.
    func watch(_ socket: curl_socket_t, _ what: Int32) {
        if what == CURL_POLL_REMOVE { return unwatch(socket) }
        var interest: Readiness = []
        if what & CURL_POLL_IN != 0 { interest.insert(.readable) }
        if what & CURL_POLL_OUT != 0 { interest.insert(.writable) }
        if let token = watched[socket]?.token { return loop.rewatch(token, for: interest) }
        let entry = CurlSocket(socket, self)
        entry.token = try? loop.watch(socket, for: interest, trigger: .level, by: entry)
        watched[socket] = entry
    }

    private func unwatch(_ socket: curl_socket_t) {
        if let token = watched.removeValue(forKey: socket)?.token { loop.unwatch(token) }
    }

    /// A number that is closed may be another's a moment later, so no watch may be left on it.
    func close(_ socket: curl_socket_t) -> Int32 {
        unwatch(socket)
        return Glibc.close(socket)
    }

    fileprivate func ready(_ socket: curl_socket_t, _ readiness: Readiness) {
        var events: Int32 = 0
        if readiness.contains(.readable) { events |= CURL_CSELECT_IN }
        if readiness.contains(.writable) { events |= CURL_CSELECT_OUT }
        if !readiness.isDisjoint(with: .failed) { events |= CURL_CSELECT_ERR }
        owner?.act(socket, events)
    }
}

/// One socket that the loop watches.
private final class CurlSocket: Pollable {
    var token: WatchToken?
    private let socket: curl_socket_t
    private unowned let owner: CurlSockets

    init(_ socket: curl_socket_t, _ owner: CurlSockets) {
        self.socket = socket
        self.owner = owner
    }

    func ready(_ readiness: Readiness) {
        owner.ready(socket, readiness)
    }
}

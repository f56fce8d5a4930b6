import CCurl
import Glibc

/// libcurl's callbacks, each handed to the object that it is about. libcurl calls back only while that object is kept:
/// a transfer by its loop's part, that part and its sockets by their own use of libcurl.
enum CurlCallback {
    static let headLine: ccurl_bytes_function = { bytes, size, count, context in
        guard let context else { return 0 }
        let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
        return transfer(context).receivedHeadLine(line) ? line.count : 0
    }

    static let body: ccurl_bytes_function = { bytes, size, count, context in
        guard let context else { return 0 }
        return transfer(context).receivedBody(UnsafeRawBufferPointer(start: bytes, count: size * count))
    }

    static let upload: ccurl_bytes_function = { bytes, size, count, context in
        guard let context else { return ccurl_read_abort() }
        return transfer(context).sendBody(into: UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
    }

    static let rewind: ccurl_seek_function = { context, offset, origin in
        guard let context, origin == SEEK_SET, transfer(context).rewindBody(to: Int(offset)) else {
            return CURL_SEEKFUNC_CANTSEEK
        }
        return CURL_SEEKFUNC_OK
    }

    static let openSocket: ccurl_open_function = { context, _, address in
        guard let context else { return ccurl_bad_socket() }
        let described = address.pointee
        return transfer(context).openSocket(
            IPAddress(ccurl_socket_address(address)), family: described.family, type: described.socktype,
            protocolNumber: described.protocol)
    }

    static let connected: ccurl_connected_function = { context, peer, _, _, _ in
        guard let context, transfer(context).connected(to: peer.map { String(cString: $0) } ?? "") else {
            return CURL_PREREQFUNC_ABORT
        }
        return CURL_PREREQFUNC_OK
    }

    static let closeSocket: ccurl_close_function = { context, socket in
        guard let context else { return close(socket) }
        return sockets(context).close(socket)
    }

    static let watchSocket: ccurl_socket_function = { _, socket, what, context, _ in
        guard let context else { return 0 }
        sockets(context).watch(socket, what)
        return 0
    }

    static let setTimer: ccurl_timer_function = { _, milliseconds, context in
        guard let context else { return 0 }
        Unmanaged<CurlLoop>.fromOpaque(context).takeUnretainedValue().comeBack(afterMilliseconds: milliseconds)
        return 0
    }

    private static func transfer(_ context: UnsafeMutableRawPointer) -> CurlTransfer {
        Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
    }

    private static func sockets(_ context: UnsafeMutableRawPointer) -> CurlSockets {
        Unmanaged<CurlSockets>.fromOpaque(context).takeUnretainedValue()
    }
}

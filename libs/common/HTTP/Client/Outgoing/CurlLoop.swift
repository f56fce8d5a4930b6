import CCurl
import Loop

/// The part of an outgoing client that lives on one loop: libcurl's multi interface, which says which sockets to watch
/// and when to come back. The loop does both.
final class CurlLoop: LoopPart {
    let loop: EventLoop
    let sockets: CurlSockets
    private let limits: OutgoingLimits
    private let multi: UnsafeMutableRawPointer
    private var transfers: [UnsafeMutableRawPointer: CurlTransfer] = [:]
    private var waiting: [CurlTransfer] = []
    private var timer: EventLoop.TimerHandle?
    private var isShutDown = false
    private var isClosed = false

    init(loop: EventLoop, limits: OutgoingLimits) {
        guard Self.isReady, let multi = curl_multi_init() else { preconditionFailure("libcurl cannot be set up") }
        self.loop = loop
        self.limits = limits
        self.multi = multi
        sockets = CurlSockets(loop: loop)
        sockets.owner = self
        // Both pointers are used on this loop only, and no longer than `close` allows.
        ccurl_multi_set_callbacks(
            multi, CurlCallback.watchSocket, Unmanaged.passUnretained(sockets).toOpaque(), CurlCallback.setTimer,
            Unmanaged.passUnretained(self).toOpaque())
        _ = ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, max(1, limits.connections))
    }

    /// Usually closed before, on its loop; here only when the loop has ended.
    deinit {
        close()
    }

    private static let isReady = ccurl_global_init() == CURLE_OK

    // MARK: Transfers

    /// Starts a transfer, or queues it when as many are under way as may be.
    func start(_ transfer: CurlTransfer) throws(ClientError) {
        guard !isShutDown else { throw .poolExhausted }
        if transfers.count < max(1, limits.connections) { return try add(transfer) }
        guard waiting.count < limits.waiting else { throw .poolExhausted }
        waiting.append(transfer)
    }

    private func add(_ transfer: CurlTransfer) throws(ClientError) {
        transfers[transfer.easy] = transfer
        guard curl_multi_add_handle(multi, transfer.easy) == CURLM_OK else {
            transfers[transfer.easy] = nil
            throw .transferFailed("libcurl did not take the transfer")
        }
        transfer.started()
    }

    private func startWaiting() {
        while transfers.count < max(1, limits.connections), !waiting.isEmpty {
            let next = waiting.removeFirst()
            do throws(ClientError) { try add(next) } catch { next.end(error) }
        }
    }

    /// Ends a transfer early; its connection is closed.
    func remove(_ transfer: CurlTransfer) {
        if transfers.removeValue(forKey: transfer.easy) != nil {
            curl_multi_remove_handle(multi, transfer.easy)
            startWaiting()
            closeIfUnused()
        } else {
            waiting.removeAll { $0 === transfer }
        }
    }

    private func finishTransfers() {
        var code = CURLE_OK
        while !isClosed, let easy = ccurl_multi_next_done(multi, &code) {
            let transfer = transfers.removeValue(forKey: easy)
            curl_multi_remove_handle(multi, easy)
            transfer?.finished(code)
            startWaiting()
        }
        closeIfUnused()
    }

    // MARK: Ending

    func shutDown() {
        isShutDown = true
        for transfer in waiting { transfer.end(.poolExhausted) }
        closeIfUnused()
    }

    private func closeIfUnused() {
        if isShutDown, transfers.isEmpty { close() }
    }

    /// Closes the kept connections. Without transfers libcurl has nothing watched.
    private func close() {
        guard !isClosed else { return }
        isClosed = true
        ccurl_multi_clear_timer(multi)
        curl_multi_cleanup(multi)
        if let timer, loop.isCurrent { loop.cancel(timer) }
        timer = nil
    }

    // MARK: Events

    func act(_ socket: curl_socket_t, _ events: Int32) {
        guard !isClosed else { return }
        var running: Int32 = 0
        curl_multi_socket_action(multi, socket, events, &running)
        finishTransfers()
    }

    func comeBack(afterMilliseconds milliseconds: Int) {
        if let timer { loop.cancel(timer) }
        timer = nil
        guard milliseconds >= 0 else { return }
        timer = loop.schedule(at: .now + .milliseconds(milliseconds)) { [weak self] in
            self?.timer = nil
            self?.act(curl_socket_t(CURL_SOCKET_TIMEOUT), 0)
        }
    }
}

import CCurl
import Loop

/// One request by libcurl: collects the head, hands the body over as its consumer asks for it, and feeds the upload.
/// Belongs to its loop, whose part of the client keeps it until it has ended.
///
/// Its continuations never run inside a call of libcurl: on the loop, resuming only queues them.
final class CurlTransfer {
    let easy: UnsafeMutableRawPointer
    let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    var fields: UnsafeMutablePointer<curl_slist>?

    let loop: EventLoop
    let rules: OutgoingRules
    let limits: OutgoingLimits
    let host: String
    let isHead: Bool
    let body: ClientBody
    let maximumBody: Int
    /// Nil once the transfer has ended.
    private var part: CurlLoop?

    var head: HeadLines
    /// The head is complete and was accepted.
    var hasHead = false
    var inbox: TransferInbox
    var outbox: TransferOutbox
    var timeline: TransferTimeline
    var timer: EventLoop.TimerHandle?
    var uploadedBytes: curl_off_t = 0
    var isAddressRefused = false
    var isAddressPermitted = false
    /// The first thing that went wrong on our side; libcurl only says then that it was stopped.
    var failure: ClientError?
    private(set) var hasEnded = false

    var upload: Task<Void, Never>?
    private var reader: UnsafeContinuation<Void, Never>?
    private var source: UnsafeContinuation<Void, Never>?

    init(
        _ request: OutgoingRequest, to url: OutgoingURL, part: CurlLoop, settings: OutgoingSettings, total: Deadline
    ) throws(ClientError) {
        guard let easy = curl_easy_init() else { throw .transferFailed("out of memory") }
        self.easy = easy
        self.part = part
        loop = part.loop
        rules = settings.rules
        limits = settings.limits
        host = url.host
        isHead = request.method == .head
        body = request.body
        maximumBody = request.maximumBodyBytes ?? limits.bodyBytes
        head = HeadLines(maximumBytes: limits.headBytes)
        inbox = TransferInbox(maximumBuffered: limits.bufferedBytes, maximumBody: maximumBody)
        outbox = TransferOutbox(request.body)
        timeline = TransferTimeline(request.timeouts ?? settings.timeouts, total: total, now: loop.now)
        errorText.pointee = 0
        try setUp(request, url, settings, sockets: part.sockets)
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_slist_free_all(fields)
        errorText.deallocate()
    }

    // MARK: For the consumer

    /// Starts, and returns once the head of the answer is there.
    func run() async throws(ClientError) -> (Status, Headers) {
        try part?.start(self)
        armTimer()
        while !hasHead, !hasEnded { await waitForNews() }
        guard hasHead else { throw failure ?? .connectionLost(afterResponseBegan: false) }
        return (head.status, head.headers)
    }

    var declaredLength: Int? { head.declaredLength }

    /// The whole body when it has come already.
    func takeCompleteBody() -> [UInt8]? {
        guard inbox.isComplete else { return nil }
        if case .block(let bytes, _) = inbox.next() { return bytes }
        return []
    }

    func next() async throws(ClientError) -> [UInt8]? {
        while true {
            switch inbox.next() {
            case .block(let bytes, let mustResume):
                if mustResume { resume() }
                return bytes
            case .end: return nil
            case .failed(let error): throw error
            case .wait: await waitForNews()
            }
        }
    }

    /// Ends the transfer unless it has ended; its connection is closed.
    func abandon() {
        end(.cancelled)
    }

    private func waitForNews() async {
        let bound = LoopBound(self, on: loop)
        await withTaskCancellationHandler {
            await withUnsafeContinuation { reader = $0 }
        } onCancel: {
            bound.loop.execute { if bound.loop.isCurrent { bound.value.end(.cancelled) } }
        }
    }

    func wakeReader() {
        reader?.resume()
        reader = nil
    }

    // MARK: For the source of the request's body

    /// Returns when libcurl has taken the block that it was given, or the transfer has ended.
    func waitUntilBlockIsTaken() async {
        let bound = LoopBound(self, on: loop)
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                if outbox.isUsedUp || hasEnded { continuation.resume() } else { source = continuation }
            }
        } onCancel: {
            bound.loop.execute { if bound.loop.isCurrent { bound.value.wakeSource() } }
        }
    }

    func wakeSource() {
        source?.resume()
        source = nil
    }

    // MARK: Going on and ending

    /// Tells libcurl which directions may go on. It may hand over what it kept back at once.
    func resume() {
        guard !hasEnded else { return }
        timeline.progressed(at: loop.now)
        let receiving = inbox.isPaused ? CURLPAUSE_RECV : 0
        let sending = outbox.isPaused ? CURLPAUSE_SEND : 0
        let code = curl_easy_pause(easy, receiving | sending)
        if code != CURLE_OK { end(failure ?? error(code)) }
    }

    /// Libcurl is done with it.
    func finished(_ code: CURLcode) {
        guard !hasEnded else { return }
        settle(code == CURLE_OK ? nil : failure ?? error(code))
    }

    /// Stops the transfer for a reason of ours.
    func end(_ error: ClientError) {
        guard !hasEnded else { return }
        part?.remove(self)
        settle(error)
    }

    private func settle(_ error: ClientError?) {
        hasEnded = true
        failure = error
        inbox.finish(error)
        if let timer { loop.cancel(timer) }
        timer = nil
        upload?.cancel()
        upload = nil
        part = nil
        wakeReader()
        wakeSource()
    }

    private func error(_ code: CURLcode) -> ClientError {
        if isAddressRefused, !isAddressPermitted { return .refusedDestination("'\(host)' has no public address") }
        return ClientError(code, text: String(cString: errorText), host: host, hasHead: hasHead)
    }
}

import CCurl
import Loop

extension CurlTransfer {
    /// Its turn has come.
    func started() {
        timeline.enter(.connecting, at: loop.now)
        armTimer()
    }

    /// To be called when the timeline has entered another phase; what merely moves within one is noticed by the timer.
    func armTimer() {
        if let timer { loop.cancel(timer) }
        timer = nil
        guard !hasEnded, timeline.deadline != .distantFuture else { return }
        timer = loop.schedule(at: timeline.deadline) { [weak self] in
            self?.timer = nil
            self?.judgeTime()
        }
    }

    private func judgeTime() {
        // Paused, it is we who keep the peer waiting.
        if inbox.isPaused || outbox.isPaused || hasUploadedMore { timeline.progressed(at: loop.now) }
        if let stage = timeline.overdue(at: loop.now) { return end(.timedOut(stage)) }
        armTimer()
    }

    /// The peer has taken more of what libcurl had been given. What has not even come to libcurl says nothing here.
    private var hasUploadedMore: Bool {
        var count: curl_off_t = 0
        guard ccurl_get_size(easy, CURLINFO_SIZE_UPLOAD_T, &count) == CURLE_OK, count > uploadedBytes else {
            return false
        }
        uploadedBytes = count
        return true
    }
}

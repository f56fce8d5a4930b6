import CCurl
import Loop

extension CurlTransfer {
    /// Sets every option that matters; what is not named here is off in libcurl or has no say in a single transfer.
    func setUp(
        _ request: OutgoingRequest, _ url: OutgoingURL, _ settings: OutgoingSettings, sockets: CurlSockets
    ) throws(ClientError) {
        try set(CURLOPT_URL, url.text)
        try set(ccurl_allow_protocols(easy, settings.rules.allowsPlainHTTP ? 1 : 0))
        // Redirects are followed by us, since each hop's URL is checked.
        try set(CURLOPT_FOLLOWLOCATION, 0)
        // Nothing of the environment may send a request elsewhere or add credentials to it.
        try set(CURLOPT_PROXY, settings.rules.proxy ?? "")
        try set(CURLOPT_NOPROXY, "")
        try set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        try set(CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue))
        try set(CURLOPT_NOSIGNAL, 1)
        // Ending a transfer must not wait for the resolver's thread.
        ccurl_set_quick_exit(easy)
        try set(CURLOPT_SSL_VERIFYPEER, 1)
        try set(CURLOPT_SSL_VERIFYHOST, 2)
        try set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        if let file = settings.certificateFile { try set(CURLOPT_CAINFO, file) }
        // One connection a transfer: with HTTP/2 a paused one would have libcurl buffer megabytes.
        try set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        try set(CURLOPT_TCP_KEEPALIVE, 1)
        try set(CURLOPT_BUFFERSIZE, 64 * 1024)
        try set(CURLOPT_USERAGENT, settings.userAgent)
        // The other timeouts are ours; this one libcurl shares out among the addresses of a name.
        try set(CURLOPT_CONNECTTIMEOUT_MS, (request.timeouts ?? settings.timeouts).connect.milliseconds)
        // On a kept connection libcurl would send it again after a failure that leaves open whether it had arrived.
        if !(request.isRepeatable ?? request.method.isIdempotent) { try set(CURLOPT_FRESH_CONNECT, 1) }
        try setCallbacks(sockets)
        try setMethod(request)
        try setFields(request)
    }

    private func setCallbacks(_ sockets: CurlSockets) throws(ClientError) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        try set(ccurl_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText))
        try set(ccurl_set_bytes_function(easy, CURLOPT_HEADERFUNCTION, CurlCallback.headLine))
        try set(ccurl_set_pointer(easy, CURLOPT_HEADERDATA, context))
        try set(ccurl_set_bytes_function(easy, CURLOPT_WRITEFUNCTION, CurlCallback.body))
        try set(ccurl_set_pointer(easy, CURLOPT_WRITEDATA, context))
        try set(ccurl_set_bytes_function(easy, CURLOPT_READFUNCTION, CurlCallback.upload))
        try set(ccurl_set_pointer(easy, CURLOPT_READDATA, context))
        try set(ccurl_set_seek_function(easy, CurlCallback.rewind))
        try set(ccurl_set_pointer(easy, CURLOPT_SEEKDATA, context))
        try set(ccurl_set_open_function(easy, CurlCallback.openSocket))
        try set(ccurl_set_pointer(easy, CURLOPT_OPENSOCKETDATA, context))
        try set(ccurl_set_connected_function(easy, CurlCallback.connected))
        try set(ccurl_set_pointer(easy, CURLOPT_PREREQDATA, context))
        try set(ccurl_set_close_function(easy, CurlCallback.closeSocket))
        try set(ccurl_set_pointer(easy, CURLOPT_CLOSESOCKETDATA, Unmanaged.passUnretained(sockets).toOpaque()))
    }

    private func setMethod(_ request: OutgoingRequest) throws(ClientError) {
        guard request.method != .head || request.body.isEmpty else {
            throw .invalidRequest("a HEAD request has no body")
        }
        switch request.body.source {
        case .empty where request.method == .get: try set(CURLOPT_HTTPGET, 1)
        case .empty where request.method == .head: try set(CURLOPT_NOBODY, 1)
        case .empty where request.method == .delete || request.method == .options:
            try set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        case .empty, .bytes, .stream:
            try set(CURLOPT_UPLOAD, 1)
            try set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
            try set(ccurl_set_size(easy, CURLOPT_INFILESIZE_LARGE, curl_off_t(request.body.length ?? -1)))
        }
    }

    private func setFields(_ request: OutgoingRequest) throws(ClientError) {
        request.headers.bytes.withUnsafeBytes { bytes in
            for field in request.headers.fields {
                switch HopByHop.kind(of: field.name, bytes) {
                case .hopByHop, .contentLength: continue
                case .host, .endToEnd: break
                }
                // A field without a value is written with a semicolon.
                let separator = field.valueLength == 0 ? ";" : ": "
                appendField(Array(bytes[field.name]) + Array(separator.utf8) + Array(bytes[field.value]))
            }
        }
        // Waiting for `100 Continue` costs a second with servers that do not know it.
        appendField(Array("Expect:".utf8))
        try set(ccurl_set_list(easy, CURLOPT_HTTPHEADER, fields))
    }

    private func appendField(_ line: [UInt8]) {
        let text = line.map { CChar(bitPattern: $0) } + [0]
        if let longer = curl_slist_append(fields, text) { fields = longer }
    }

    private func set(_ option: CURLoption, _ value: Int) throws(ClientError) {
        try set(ccurl_set_long(easy, option, value))
    }

    private func set(_ option: CURLoption, _ value: String) throws(ClientError) {
        try set(ccurl_set_text(easy, option, value))
    }

    /// An option that libcurl did not take would leave a door open.
    private func set(_ code: CURLcode) throws(ClientError) {
        guard code == CURLE_OK else { throw .transferFailed(String(cString: curl_easy_strerror(code))) }
    }
}

extension Nanoseconds {
    /// At least 1: libcurl takes 0 for no limit.
    fileprivate var milliseconds: Int { max(1, Int(clamping: min(count / 1_000_000, UInt64(Int32.max)))) }
}

import CCurl

extension ClientError {
    /// What libcurl's codes mean to the callers of a client.
    init(_ code: CURLcode, text: String, host: String, hasHead: Bool) {
        let reason = text.isEmpty ? String(cString: curl_easy_strerror(code)) : text
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST: self = .couldNotResolve(host: host)
        case CURLE_COULDNT_CONNECT, CURLE_COULDNT_RESOLVE_PROXY, CURLE_SSL_CONNECT_ERROR:
            self = .couldNotConnect(reason)
        // A name that is not of ASCII and cannot be made so.
        case CURLE_URL_MALFORMAT: self = .refusedDestination(reason)
        // The other limits are timed by us.
        case CURLE_OPERATION_TIMEDOUT: self = .timedOut(.connecting)
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
            self = .untrustedPeer(reason)
        case CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_SEND_FAIL_REWIND:
            self = .connectionLost(afterResponseBegan: hasHead)
        // An "unsupported protocol" is an answer that does not begin as HTTP/1 does: the URL was checked before.
        case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_CONTENT_ENCODING:
            self = .malformedResponse(reason)
        default: self = .transferFailed(reason)
        }
    }
}

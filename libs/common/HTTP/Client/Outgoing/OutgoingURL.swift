import CCurl

/// A URL that outgoing requests may go to. Taken apart by libcurl, the same that connects: no second parser that could
/// see another host.
struct OutgoingURL: Sendable, Equatable {
    private static let maximumBytes = 16 * 1024

    let text: String
    let scheme: String
    let host: String
    let port: UInt16

    init(_ text: String, _ rules: OutgoingRules) throws(ClientError) {
        try self.init(rules) { url in Self.set(url, text) }
    }

    /// What a `Location` in an answer from this URL refers to. Many hold spaces, which are encoded.
    func resolving(_ location: String, _ rules: OutgoingRules) throws(ClientError) -> OutgoingURL {
        let base = text
        return try OutgoingURL(rules) { url in
            let code = Self.set(url, base)
            return code == CURLUE_OK ? Self.set(url, location, CURLU_URLENCODE) : code
        }
    }

    private init(
        _ rules: OutgoingRules, parse: (OpaquePointer) -> CURLUcode
    ) throws(ClientError) {
        guard let url = curl_url() else { throw .transferFailed("out of memory") }
        defer { curl_url_cleanup(url) }
        let code = parse(url)
        guard code == CURLUE_OK else {
            throw .refusedDestination(
                code == CURLUE_USER_NOT_ALLOWED
                    ? "a URL must not hold a user or password" : String(cString: curl_url_strerror(code)))
        }
        scheme = Self.part(url, CURLUPART_SCHEME)
        guard scheme == "https" || scheme == "http" && rules.allowsPlainHTTP else {
            throw .refusedDestination("'\(scheme)' URLs are not fetched")
        }
        host = Self.part(url, CURLUPART_HOST)
        guard !host.isEmpty else { throw .refusedDestination("the URL has no host") }
        guard let port = UInt16(Self.part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT)), port > 0 else {
            throw .refusedDestination("the URL has no valid port")
        }
        guard rules.ports?.contains(port) ?? true else { throw .refusedDestination("port \(port) is not allowed") }
        self.port = port
        // What follows `#` is for whoever reads the answer.
        curl_url_set(url, CURLUPART_FRAGMENT, nil, 0)
        text = Self.part(url, CURLUPART_URL)
    }

    /// A control would be cut off or mean something else further on.
    private static func set(_ url: OpaquePointer, _ text: String, _ flags: Int32 = 0) -> CURLUcode {
        guard text.utf8.count <= maximumBytes, text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
            return CURLUE_MALFORMED_INPUT
        }
        return curl_url_set(url, CURLUPART_URL, text, UInt32(CURLU_DISALLOW_USER | flags))
    }

    private static func part(_ url: OpaquePointer, _ part: CURLUPart, _ flags: Int32 = 0) -> String {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(url, part, &text, UInt32(flags)) == CURLUE_OK, let text else { return "" }
        defer { curl_free(text) }
        return String(cString: text)
    }

    /// Credentials meant for the one may be sent to the other.
    func isSameOrigin(as other: OutgoingURL) -> Bool {
        scheme == other.scheme && port == other.port && host.lowercased() == other.host.lowercased()
    }
}

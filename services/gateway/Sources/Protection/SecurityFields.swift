import HTTP

/// What answers tell browsers, so that nothing that comes through here becomes more than it is.
enum SecurityFields {
    /// For every answer that does not say otherwise itself, a service's, too: what is stored under this origin may be of
    /// anybody's making, and as a page it could use the session of whoever looks at it. So it runs nothing.
    static let everywhere: Headers = [
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    ]

    /// For our own pages.
    static let page: Headers = [
        "content-security-policy":
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
            + "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
    ]

    /// For what those pages load.
    static let part: Headers = ["cross-origin-resource-policy": "same-origin"]

    /// A cache that is told its answer still holds keeps what that answer said.
    static func complete(_ response: inout Response) {
        guard response.status != .notModified else { return }
        response.headers.append(missing: everywhere)
    }
}

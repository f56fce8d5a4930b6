/// What becomes of a request when its answer sends it elsewhere (RFC 9110, 15.4). Pure.
enum Redirect {
    /// The target of an answer that is a redirect.
    static func location(_ status: Status, _ headers: Headers) -> String? {
        switch status.code {
        case 301, 302, 303, 307, 308: headers["location"]
        default: nil
        }
    }

    /// The request at its next place. Credentials do not follow to another origin.
    static func follow(
        _ request: OutgoingRequest, _ status: Status, isSameOrigin: Bool
    ) throws(ClientError) -> OutgoingRequest {
        var next = request
        let becomesGet =
            status.code == 303 && request.method != .head
            || (status.code == 301 || status.code == 302) && request.method == .post
        if becomesGet {
            next.method = .get
            next.body = .empty
            for name in ["content-type", "content-encoding", "content-language", "content-location"] {
                next.headers.remove(name)
            }
        } else if !request.body.isReplayable {
            throw .bodyNotRepeatable
        }
        if !isSameOrigin {
            for name in ["authorization", "cookie", "host", "proxy-authorization"] { next.headers.remove(name) }
        }
        return next
    }
}

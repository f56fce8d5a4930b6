import HTTP

/// Which pages of other origins may call the API (the Fetch standard). Pure.
///
/// Origins are compared to the letter. With credentials the origin itself is named and never `*`, and caches are told that
/// the answer depends on it.
struct CORSRules: Sendable {
    /// `https://viewer.example`; a lone `*` stands for all, and then no credentials are allowed.
    let origins: Set<String>
    let allowsCredentials: Bool
    let maximumAge: Int

    static let exposed = "location, etag, retry-after, ratelimit, ratelimit-policy, x-request-id, content-disposition"
    private static let methods = "GET, HEAD, POST, PUT, PATCH, DELETE"

    init(origins: Set<String>, allowsCredentials: Bool = true, maximumAge: Int = 600) {
        self.origins = origins
        self.allowsCredentials = allowsCredentials && !origins.contains("*")
        self.maximumAge = maximumAge
    }

    var isOff: Bool { origins.isEmpty }

    /// What is added to an answer; nothing for an origin that is not allowed, whose page then may not read it.
    func fields(for origin: String?) -> Headers {
        guard !isOff else { return Headers() }
        var headers = Headers()
        if origins.contains("*") {
            headers.append("access-control-allow-origin", "*")
            headers.append("access-control-expose-headers", Self.exposed)
            return headers
        }
        headers.append("vary", "origin")
        guard let origin, origins.contains(origin) else { return headers }
        headers.append("access-control-allow-origin", origin)
        if allowsCredentials { headers.append("access-control-allow-credentials", "true") }
        headers.append("access-control-expose-headers", Self.exposed)
        return headers
    }

    /// The answer to a preflight, to which is added what every answer says; nil when the request is none.
    func preflight(_ request: Request) -> Response? {
        guard isPreflight(request) else { return nil }
        return Response(.noContent, headers: permission(request, methods: Self.methods))
    }

    /// Adds to any answer what pages of other origins need: to that of a path which answers OPTIONS with its methods, too.
    func complete(_ response: inout Response, to request: borrowing Request) {
        guard !isOff else { return }
        if isPreflight(request), response.status == .noContent, let methods = response.headers["allow"] {
            response.headers.append(contentsOf: permission(request, methods: methods))
        }
        response.headers.append(contentsOf: fields(for: request.headers["origin"]))
    }

    private func isPreflight(_ request: borrowing Request) -> Bool {
        !isOff && request.method == .options && request.headers.contains("origin")
            && request.headers.contains("access-control-request-method")
    }

    private func permission(_ request: borrowing Request, methods: String) -> Headers {
        let origin = request.headers["origin"]
        var headers = Headers()
        if fields(for: origin).contains("access-control-allow-origin") {
            headers.append("access-control-allow-methods", methods)
            if let wanted = request.headers["access-control-request-headers"] {
                headers.append("access-control-allow-headers", wanted)
            }
            headers.append("access-control-max-age", "\(maximumAge)")
        }
        headers.append("vary", "access-control-request-method, access-control-request-headers")
        return headers
    }
}

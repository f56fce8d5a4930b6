import HTTP

/// The cookies that browsers keep for us.
struct Cookies: Sendable {
    /// The refresh token of a browser's session.
    static let session = "pentad_session"
    /// A sign-in that is under way.
    static let pending = "pentad_sign_in"

    let isSecure: Bool

    /// For a path of ours alone, out of reach of scripts and of requests that other sites make.
    func set(_ name: String, _ value: String, path: String, lifetime: Duration) -> String {
        let age = max(0, lifetime.components.seconds)
        return "\(name)=\(value); Path=\(path); Max-Age=\(age); HttpOnly; SameSite=Lax" + (isSecure ? "; Secure" : "")
    }

    func clear(_ name: String, path: String) -> String { set(name, "", path: path, lifetime: .zero) }

    /// The value of a cookie; nil when it is not there, or there twice with different values.
    static func value(_ name: String, in headers: Headers) -> String? {
        var found: String?
        for line in headers.values("cookie") {
            for pair in line.split(separator: ";") {
                let pair = pair.drop { $0 == " " }
                guard pair.hasPrefix(name + "=") else { continue }
                let value = String(pair.dropFirst(name.count + 1))
                if let found, found != value { return nil }
                found = value
            }
        }
        return found.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Whether a request that a cookie speaks for was made by our own pages, as far as the browser tells. `SameSite` already
    /// keeps the cookie out of others; this is for pages of the same site that are not ours.
    static func isOwnRequest(_ headers: Headers, origin: String) -> Bool {
        if let site = headers["sec-fetch-site"] { return site == "same-origin" || site == "none" }
        return headers["origin"].map { $0 == origin } ?? true
    }
}

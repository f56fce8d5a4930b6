import HTTP

/// What a client may not say to a service: who it is, how it came, what only the gateway knows.
enum ProtectedFields {
    static let names = FieldNames(
        [
            "authorization", "cookie", "forwarded", "via", "x-real-ip", "x-client-ip", "x-cluster-client-ip",
            "true-client-ip",
            "cf-connecting-ip", "x-original-url", "x-rewrite-url", "x-original-host", "x-request-id", "traceparent",
            "x-http-method-override", "x-http-method", "x-method-override", "proxy-authorization", "x-tenant-id",
            "x-scope",
        ], prefixes: ["x-user-", "x-internal-", "x-forwarded-", "x-auth-", "x-pentad-"])
}

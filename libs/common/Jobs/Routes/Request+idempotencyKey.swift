import HTTP

extension Request {
    /// The `Idempotency-Key` that came with the request, if one did.
    public func idempotencyKey() throws(ServiceError) -> IdempotencyKey? {
        guard let text = headers["idempotency-key"] else { return nil }
        guard let key = IdempotencyKey(text) else {
            throw .badRequest(
                "an Idempotency-Key has 1 to \(IdempotencyKey.maximumLength) characters", code: "bad_idempotency_key")
        }
        return key
    }
}

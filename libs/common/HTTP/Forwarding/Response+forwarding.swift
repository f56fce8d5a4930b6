extension Response {
    /// Another server's answer passed on. `whenEnded` is called once when its body was passed on to its end or nobody wants
    /// the rest any more.
    public init(
        forwarding answer: ClientResponse, to request: borrowing Request, whenEnded: @escaping @Sendable () -> Void
    ) {
        var headers = answer.headers
        headers.removeHopByHopFields()
        if request.method == .head {
            whenEnded()
            // Of what GET would answer; nothing is sent.
            let length = answer.headers["content-length"].flatMap { Int($0) }
            self.init(answer.status, headers: headers, body: .stream(length: length) { _ in })
            return
        }
        if let bytes = answer.body.immediateBytes {
            whenEnded()
            self.init(answer.status, headers: headers, body: bytes.isEmpty ? .empty : .bytes(bytes))
            return
        }
        let passage = Passage(answer.body, whenEnded)
        self.init(
            answer.status, headers: headers,
            body: .stream(length: answer.body.declaredLength) { writer in
                for try await block in passage.body { try await writer.write(block) }
            })
    }
}

/// Tells of its end, also when a response is dropped without having been sent.
private final class Passage: Sendable {
    let body: ClientResponseBody
    private let whenEnded: @Sendable () -> Void

    init(_ body: ClientResponseBody, _ whenEnded: @escaping @Sendable () -> Void) {
        self.body = body
        self.whenEnded = whenEnded
    }

    deinit { whenEnded() }
}

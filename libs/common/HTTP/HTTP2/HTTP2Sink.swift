/// Sends one streamed body as a stream's data. The head goes out with the first bytes, so that a producer that fails before
/// them still gets a proper answer.
final class HTTP2Sink: StreamSink {
    private let stream: HTTP2Stream
    private var response: Response?
    private let length: Int?

    init(_ stream: HTTP2Stream, _ response: Response, length: Int?) {
        self.stream = stream
        self.response = response
        self.length = length
        super.init(length: length)
    }

    var hasUnsentHead: Bool { response != nil }

    override func put(_ bytes: [UInt8]) async throws {
        if let response {
            self.response = nil
            stream.submit(response, length: length, HTTP2Output())
        }
        try await stream.send(bytes)
    }

    /// False when fewer bytes came than were declared: the stream must not pretend completeness.
    func finish() -> Bool {
        end()
        if let remaining, remaining > 0 { return false }
        if let response {
            self.response = nil
            stream.submit(response, length: length, nil)
        } else {
            stream.finishSending()
        }
        return true
    }
}

import Loop

/// The body of an answer that libcurl is receiving: holds its transfer until the end.
final class CurlBody: ResponseBodySource {
    let declaredLength: Int?
    private let transfer: LoopBound<CurlTransfer>
    private var isReading = false

    init(_ transfer: CurlTransfer, on loop: EventLoop) {
        self.transfer = LoopBound(transfer, on: loop)
        declaredLength = transfer.declaredLength
    }

    func next() async throws(ClientError) -> [UInt8]? {
        guard !isReading else { throw .invalidRequest("two tasks read one body") }
        isReading = true
        defer { isReading = false }
        return try await transfer.value.next()
    }

    func abandon() {
        transfer.value.abandon()
    }

    /// Dropped, on whatever thread: the transfer ends, which costs nothing when it has ended already.
    deinit {
        let transfer = transfer
        if transfer.loop.isCurrent {
            transfer.value.abandon()
        } else {
            // A loop that has ended runs this here, and its transfers are gone with it.
            transfer.loop.execute { if transfer.loop.isCurrent { transfer.value.abandon() } }
        }
    }
}

/// The receiving end of one request's body; each protocol has its own.
class BodyReader {
    final let declaredLength: Int?
    private(set) final var maximumBytes: Int

    init(declaredLength: Int?, maximumBytes: Int) {
        self.declaredLength = declaredLength
        self.maximumBytes = maximumBytes
    }

    final func limit(to bytes: Int) throws(BodyError) {
        narrow(to: bytes)
        if let declaredLength, declaredLength > maximumBytes { throw .tooLarge(limit: maximumBytes) }
    }

    final func narrow(to bytes: Int) {
        maximumBytes = min(maximumBytes, bytes)
    }

    /// The next block of the body; nil at its end.
    func next() async throws -> [UInt8]? { nil }

    /// What is still to come from the socket, when that is known and everything before it was taken, and the kernel can
    /// move it; nil otherwise.
    var remainingLength: Int? { nil }

    /// Moves the next bytes of a body with a `remainingLength` into an empty pipe, as many as have come and have room;
    /// answers how many, 0 at the body's end.
    func fill(_ pipe: Pipe) async throws -> Int { 0 }
}

/// Calls C with space for the text of an error; gives back its answer and the text.
func withErrorText<Answer>(
    capacity: Int32, _ body: (UnsafeMutablePointer<CChar>) -> Answer
) -> (answer: Answer, text: String) {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(capacity)) { buffer in
        buffer.initialize(repeating: 0)
        let pointer = buffer.baseAddress!
        let answer = body(pointer)
        return (answer, String(cString: pointer))
    }
}

/// Bytes that C fills whole, or an error.
func filledBytes<Failure: Error>(
    count: Int, _ fill: (UnsafeMutablePointer<UInt8>) throws(Failure) -> Void
) throws(Failure) -> [UInt8] {
    var failure: Failure?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
        do throws(Failure) {
            try fill(buffer.baseAddress!)
            filled = count
        } catch {
            failure = error
        }
    }
    if let failure { throw failure }
    return bytes
}

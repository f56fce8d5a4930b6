/// A scanned text and its tape: what all decoders and containers of one decoding share.
///
/// Owns both buffers, so a decoder kept longer than the call that made it stays safe. The tape is written to after
/// the scan only to remember, in an object's `start`, where the next key is likely to be; a decoder is not Sendable,
/// so one thread does that.
final class ScannedText {
    private let text: UnsafeMutablePointer<UInt8>
    private let tape: UnsafeMutablePointer<Token>
    let userInfo: [CodingUserInfoKey: any Sendable]
    let containers = Containers()

    init(
        _ bytes: UnsafeRawBufferPointer, limits: JSONReader.Limits, userInfo: [CodingUserInfoKey: any Sendable] = [:]
    ) throws(JSONError) {
        // Offsets and token numbers are 32 bits wide, and there are never more tokens than bytes.
        let maximumBytes = min(limits.maximumBytes, Int(UInt32.max) - 64)
        guard bytes.count <= maximumBytes else {
            throw JSONError(
                kind: .tooLarge, message: "\(bytes.count) bytes are more than the \(maximumBytes) allowed")
        }
        let text = UnsafeMutablePointer<UInt8>.allocate(capacity: bytes.count + Scanner.padding)
        UnsafeMutableRawBufferPointer(start: text, count: bytes.count).copyMemory(from: bytes)
        (text + bytes.count).initialize(repeating: 0, count: Scanner.padding)

        var scanner = Scanner(text: text, count: bytes.count, maximumDepth: min(max(limits.maximumDepth, 0), 512))
        do {
            try scanner.scan()
        } catch {
            scanner.tape.deallocate()
            text.deallocate()
            throw error
        }
        self.text = text
        self.tape = scanner.tape
        self.userInfo = userInfo
    }

    deinit {
        tape.deallocate()
        text.deallocate()
    }

    var document: Document {
        @inline(__always) get { Document(text: text, tape: tape, owner: self) }
    }
}

/// What a scanned text says. Whoever has one holds the text's owner as well; it is apart from it so that reading a
/// value counts no references.
struct Document {
    /// The token of the outermost value.
    static let root = 0

    let text: UnsafeMutablePointer<UInt8>
    let tape: UnsafeMutablePointer<Token>
    unowned(unsafe) let owner: ScannedText

    /// The token after the value at `index` and all that is in it.
    @inline(__always)
    func next(after index: Int) -> Int {
        tape[index].isContainer ? Int(tape[index].link) : index &+ 1
    }

    @inline(__always)
    func isNull(_ index: Int) -> Bool {
        tape[index].kind == .null
    }

    @inline(__always)
    func bytes(of token: Token) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: text + Int(token.start), count: token.length)
    }
}

/// Reads JSON bytes into `Decodable` types: strictly RFC 8259, refusing duplicate keys, within limits.
///
/// Integers are taken from integer literals alone (`1.0` is not an `Int`), numbers are exact or refused, and every
/// error is a `JSONError` that names its place in the document.
public struct JSONReader: Sendable {
    public struct Limits: Sendable, Hashable {
        /// How many arrays and objects may be open at once; values above 512 count as 512, since Codable recurses.
        public var maximumDepth: Int
        public var maximumBytes: Int

        public init(maximumDepth: Int = 64, maximumBytes: Int = 16 << 20) {
            self.maximumDepth = maximumDepth
            self.maximumBytes = maximumBytes
        }
    }

    public var limits: Limits
    /// What decoded types find in `decoder.userInfo`.
    public var userInfo: [CodingUserInfoKey: any Sendable] = [:]

    public init(limits: Limits = Limits()) {
        self.limits = limits
    }

    public func decode<T: Decodable>(_ type: T.Type, from bytes: UnsafeRawBufferPointer) throws(JSONError) -> T {
        try decode(type, from: ScannedText(bytes, limits: limits, userInfo: userInfo))
    }

    public func decode<T: Decodable>(_ type: T.Type, from bytes: some Collection<UInt8>) throws(JSONError) -> T {
        try decode(type, from: ScannedText.scan(bytes, limits: limits, userInfo: userInfo))
    }

    private func decode<T: Decodable>(_ type: T.Type, from text: ScannedText) throws(JSONError) -> T {
        text.containers.open()
        defer { text.containers.close() }
        do {
            return try text.document.decode(type, at: Document.root)
        } catch {
            throw JSONError(thrownByDecoding: error, at: [])
        }
    }
}

extension ScannedText {
    /// Takes the bytes in one piece, copying them only if the collection does not hold them so.
    static func scan(
        _ bytes: some Collection<UInt8>, limits: JSONReader.Limits, userInfo: [CodingUserInfoKey: any Sendable] = [:]
    ) throws(JSONError) -> ScannedText {
        func scan(_ bytes: UnsafeRawBufferPointer) -> Result<ScannedText, JSONError> {
            Result { () throws(JSONError) in try ScannedText(bytes, limits: limits, userInfo: userInfo) }
        }
        let result =
            bytes.withContiguousStorageIfAvailable { scan(UnsafeRawBufferPointer($0)) }
            ?? Array(bytes).withUnsafeBytes(scan)
        return try result.get()
    }
}

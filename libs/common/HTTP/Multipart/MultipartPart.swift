/// One part of a form: a field, or a file when it has a file name.
public struct MultipartPart: Sendable {
    /// What the part says about itself.
    public let name: String
    /// As it was sent; never to be used as a path.
    public let filename: String?
    public let contentType: MediaType?
    public let headers: Headers
    public let body: Body

    init(_ head: MultipartPartHead, reader: MultipartReader, number: Int) {
        name = head.name
        filename = head.filename
        contentType = head.contentType
        headers = head.headers
        body = Body(reader: reader, number: number, decoding: head.decoding)
    }

    /// The file name reduced to what can be stored in a folder of ours.
    public var safeFilename: String? { filename.map(FileName.safe) }

    /// The data as blocks of bytes, read from the client as they are asked for.
    public struct Body: AsyncSequence, Sendable {
        public typealias Element = [UInt8]

        let reader: MultipartReader
        let number: Int
        let decoding: TransferDecoding

        public func makeAsyncIterator() -> Iterator {
            Iterator(reader: reader, number: number, decoding: decoding)
        }

        /// All of the data, or 413 once it exceeds `maximumBytes`.
        public func collect(upTo maximumBytes: Int) async throws -> [UInt8] {
            var whole: [UInt8] = []
            for try await block in self {
                guard whole.count + block.count <= maximumBytes else {
                    throw ParseFailure.multipartTooLarge("part_too_large", "the part may have \(maximumBytes) bytes")
                }
                whole.append(contentsOf: block)
            }
            return whole
        }
    }

    public struct Iterator: AsyncIteratorProtocol, Sendable {
        let reader: MultipartReader
        let number: Int
        var decoding: TransferDecoding

        public mutating func next() async throws -> [UInt8]? {
            while let block = try await reader.nextBlock(of: number) {
                let decoded = try decoding.decode(block)
                if !decoded.isEmpty { return decoded }
            }
            try decoding.finish()
            return nil
        }
    }
}

import Loop

/// A form that was read to its end: small parts in memory, large ones in temporary files.
public struct MultipartForm: Sendable {
    public struct Field: Sendable {
        public enum Content: Sendable {
            case memory([UInt8])
            case file(TemporaryFile, count: Int)
        }

        public let name: String
        /// As it was sent; never to be used as a path.
        public let filename: String?
        public let contentType: MediaType?
        public let content: Content

        public var safeFilename: String? { filename.map(FileName.safe) }

        public var count: Int {
            switch content {
            case .memory(let bytes): bytes.count
            case .file(_, let count): count
            }
        }

        /// The value of a field that is in memory.
        public var text: String? {
            guard case .memory(let bytes) = content else { return nil }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    /// In the order in which they came; a name may come more than once.
    public let fields: [Field]

    /// The first field of a name.
    public subscript(name: String) -> Field? { fields.first { $0.name.hasSameBytes(as: name) } }

    public func all(_ name: String) -> [Field] { fields.filter { $0.name.hasSameBytes(as: name) } }
}

extension Request {
    /// Reads a `multipart/form-data` body to its end. Parts beyond `limits.memoryBytesPerPart` go to files without a
    /// name in `directory`, which only this process can read and which vanish with the form.
    public func collectForm(
        limits: MultipartLimits = MultipartLimits(), spillingTo directory: String, blocking: BlockingPool
    ) async throws -> MultipartForm {
        var fields: [MultipartForm.Field] = []
        for try await part in try multipart(limits: limits) {
            let content = try await part.collect(
                inMemory: limits.memoryBytesPerPart, spillingTo: directory, blocking: blocking)
            fields.append(
                MultipartForm.Field(
                    name: part.name, filename: part.filename, contentType: part.contentType, content: content))
        }
        return MultipartForm(fields: fields)
    }
}

extension MultipartPart {
    fileprivate func collect(
        inMemory maximumBytes: Int, spillingTo directory: String, blocking: BlockingPool
    ) async throws -> MultipartForm.Field.Content {
        var held: [UInt8] = []
        var blocks = body.makeAsyncIterator()
        while let block = try await blocks.next() {
            held.append(contentsOf: block)
            guard held.count > maximumBytes else { continue }
            let beginning = held
            let file = try await blocking.run {
                let file = try TemporaryFile(in: directory)
                try writeAll(beginning, to: file.descriptor)
                return file
            }
            var count = beginning.count
            held = []
            while let block = try await blocks.next() {
                try await blocking.run { try writeAll(block, to: file.descriptor) }
                count += block.count
            }
            return .file(file, count: count)
        }
        return .memory(held)
    }
}

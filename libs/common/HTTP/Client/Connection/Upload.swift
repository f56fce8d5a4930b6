import Loop

/// Sends what the socket did not take at once of a request, while its answer may already be coming.
final class Upload: UploadSink {
    private struct Broken: Error {}
    private struct TimedOut: Error {}

    /// Longer blocks go out in several chunks, so that the loop's shared buffer stays small.
    private static let chunkBytes = 64 * 1024

    private let connection: ClientConnection
    private let channel: Channel
    private let body: ClientBody
    private var rest: [UInt8]
    private var isChunked = false
    private var declared: Int?
    private var sent = 0
    private var task: Task<Void, Never>?
    private var isStopped = false

    init(_ connection: ClientConnection, _ body: ClientBody, rest: [UInt8]) {
        self.connection = connection
        self.body = body
        self.rest = rest
        channel = connection.channel
        if case .stream(let length, _) = body.source {
            declared = length
            isChunked = length == nil
        }
    }

    /// A part of the head is still to be sent.
    var hasRest: Bool { !rest.isEmpty }

    func start() {
        guard task == nil, !isStopped else { return }
        let bound = LoopBound(self, on: channel.loop)
        task = Task(executorPreference: channel.loop) { await bound.value.run() }
    }

    /// Nobody needs the rest of the request.
    func stop() {
        isStopped = true
        task?.cancel()
        task = nil
    }

    private func run() async {
        do {
            try await sendAll(rest)
            rest = []
            switch body.source {
            case .empty: break
            case .bytes(let bytes): try await sendAll(bytes)
            case .stream(_, let produce):
                guard !isStopped else { return }
                connection.uploadConsumesBody()
                try await produce(LoopBound(self as any UploadSink, on: channel.loop))
                if let declared, declared != sent { throw BodyLengthMismatch(declared: declared, sent: sent) }
                if isChunked { try await sendAll(Array("0\r\n\r\n".utf8)) }
            }
            if !isStopped { connection.completeUpload() }
        } catch {
            guard !isStopped else { return }
            switch error {
            case is Broken: break
            case is TimedOut: connection.failUpload(.timedOut(.sending))
            default: connection.failUpload(.requestBodyFailed(error))
            }
        }
    }

    func write(_ block: [UInt8]) async throws {
        guard !block.isEmpty else { return }
        sent += block.count
        if let declared, sent > declared { throw BodyLengthMismatch(declared: declared, sent: sent) }
        guard isChunked else { return try await sendAll(block) }
        var start = 0
        while start < block.count {
            let end = min(start + Self.chunkBytes, block.count)
            try await sendAll(try sendChunk(block[start..<end]))
            start = end
        }
    }

    /// Frames a chunk in the loop's shared buffer; what the socket did not take is answered as a copy.
    private func sendChunk(_ data: ArraySlice<UInt8>) throws -> [UInt8] {
        guard !isStopped else { throw CancellationError() }
        let output = LoopScratch.of(channel.loop).output
        output.clear()
        output.append(String(data.count, radix: 16))
        output.append("\r\n")
        data.withUnsafeBytes { output.append($0) }
        output.append("\r\n")
        guard let count = channel.write(output.bytes) else {
            connection.uploadWrote(nil)
            throw Broken()
        }
        connection.uploadWrote(count)
        return count == output.bytes.count ? [] : [UInt8](copying: output.bytes[count...])
    }

    private func sendAll(_ bytes: [UInt8]) async throws {
        var offset = 0
        while true {
            guard !isStopped, !Task.isCancelled else { throw CancellationError() }
            guard offset < bytes.count else { return }
            guard
                let count = bytes.withUnsafeBytes({ channel.write(UnsafeRawBufferPointer(rebasing: $0[offset...])) })
            else {
                connection.uploadWrote(nil)
                throw Broken()
            }
            connection.uploadWrote(count)
            offset += count
            if offset < bytes.count { try await waitUntilWritable() }
        }
    }

    private func waitUntilWritable() async throws {
        switch await channel.waitUntilWritableOrCancelled(until: connection.betweenBytesDeadline) {
        case .ready: return
        case .timedOut: throw TimedOut()
        case .cancelled: throw CancellationError()
        case .closed: throw Broken()
        }
    }
}

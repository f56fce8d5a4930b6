import Loop

extension CurlTransfer: UploadSink {
    /// Once there is a connection, so that a request that never gets one leaves its source alone.
    func startUpload() {
        guard upload == nil, case .stream(_, let produce) = body.source else { return }
        let bound = LoopBound(self, on: loop)
        upload = Task(executorPreference: loop) {
            do {
                try await produce(LoopBound(bound.value as any UploadSink, on: bound.loop))
                try bound.value.endUpload()
            } catch {
                bound.value.end(.requestBodyFailed(error))
            }
        }
    }

    func write(_ block: [UInt8]) async throws {
        guard !block.isEmpty else { return }
        guard !hasEnded else { throw CancellationError() }
        if let declared = body.length, outbox.sent + block.count > declared {
            throw BodyLengthMismatch(declared: declared, sent: outbox.sent + block.count)
        }
        if outbox.yield(block) { resume() }
        await waitUntilBlockIsTaken()
        if hasEnded || Task.isCancelled { throw CancellationError() }
    }

    private func endUpload() throws {
        guard !hasEnded else { return }
        if let declared = body.length, declared != outbox.sent {
            throw BodyLengthMismatch(declared: declared, sent: outbox.sent)
        }
        if outbox.end() { resume() }
    }
}

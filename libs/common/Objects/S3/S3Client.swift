import HTTP
import JSON
import Loop

/// Signs requests, sends them, and sends them again where that may help.
struct S3Client: Sendable {
    /// An answer that is no object.
    static let answerBytes = 8 << 20

    let settings: S3Settings
    let signature: SignatureV4
    let address: S3Address
    let client: OutgoingClient
    let blocking: BlockingPool
    let now: @Sendable () -> Timestamp

    init(_ settings: S3Settings, blocking: BlockingPool, now: @escaping @Sendable () -> Timestamp) {
        self.settings = settings
        signature = SignatureV4(settings.credentials, region: settings.region)
        address = S3Address(endpoint: settings.endpoint, addressing: settings.addressing)
        var outgoing = OutgoingSettings(rules: .trusted)
        outgoing.certificateFile = settings.certificateFile
        outgoing.limits.bodyBytes = settings.limits.objectBytes
        client = OutgoingClient(settings: outgoing)
        self.blocking = blocking
        self.now = now
    }

    /// A good answer's head; its body is still to be read.
    func send(_ request: S3Request) async throws(ObjectError) -> ClientResponse {
        try await repeating(request) { () async throws(ObjectError) in
            let response = try await attempt(request)
            guard response.status.code >= 300 else { return response }
            throw await refusal(response)
        }
    }

    /// A good answer with its whole body.
    func answer(
        _ request: S3Request
    ) async throws(ObjectError) -> (headers: Headers, body: [UInt8]) {
        try await repeating(request) { () async throws(ObjectError) in
            let response = try await attempt(request)
            guard response.status.code < 300 else { throw await refusal(response) }
            do throws(ClientError) {
                return (response.headers, try await response.body.collect(upTo: Self.answerBytes))
            } catch {
                throw ObjectError(error)
            }
        }
    }

    /// A document whose root has one of the names. An error inside a good answer counts as one, and may be worth another attempt.
    func document(
        _ request: S3Request, _ names: [String]
    ) async throws(ObjectError) -> (headers: Headers, root: XMLElement) {
        try await repeating(request) { () async throws(ObjectError) in
            let response = try await attempt(request)
            guard response.status.code < 300 else { throw await refusal(response) }
            let body: [UInt8]
            do throws(ClientError) { body = try await response.body.collect(upTo: Self.answerBytes) } catch {
                throw ObjectError(error)
            }
            return (response.headers, try S3Answer.document(body, names))
        }
    }

    private func repeating<Result>(
        _ request: S3Request, _ body: () async throws(ObjectError) -> Result
    ) async throws(ObjectError) -> Result {
        guard let loop = EventLoop.current else {
            throw .invalidRequest("an object store is called from a task on a loop")
        }
        var plan = RetryPlan(settings.retries, isRepeatable: request.isRepeatable, now: .now)
        while true {
            do throws(ObjectError) { return try await body() } catch {
                guard request.body.isReplayable,
                    case .wait(let wait) = plan.failed(error, at: .now, fraction: .random(in: 0...1))
                else { throw error }
                do { try await loop.sleep(for: wait) } catch { throw .cancelled }
            }
        }
    }

    private func attempt(_ request: S3Request) async throws(ObjectError) -> ClientResponse {
        let (url, headers) = request.signed(signature, address, now: now())
        var outgoing = OutgoingRequest(
            request.method, url, headers: headers, body: request.body.clientBody(blocking))
        outgoing.isRepeatable = request.isRepeatable
        outgoing.timeouts = ClientTimeouts(
            connect: settings.connectTime, firstByte: request.isTransfer ? settings.transferTime : settings.requestTime,
            betweenBytes: settings.silence,
            total: request.isTransfer ? settings.transferTime : settings.requestTime)
        do throws(ClientError) { return try await client.send(outgoing) } catch { throw ObjectError(error) }
    }

    private func refusal(_ response: ClientResponse) async -> ObjectError {
        // What cannot be read says nothing; the status still does.
        let body = (try? await response.body.collect(upTo: 64 * 1024)) ?? []
        return S3Answer.error(response.status, response.headers, body)
    }
}

import HTTP
import Tokens

/// Fetches small documents from addresses that come from our own settings.
public struct DocumentFetch: Sendable {
    public struct Failed: Error, CustomStringConvertible {
        public let description: String
    }

    private let client: OutgoingClient
    private let maximumBytes: Int

    /// `certificates` is a file of certificates (PEM) to trust besides the system's.
    public init(certificates: String? = nil, maximumBytes: Int = 256 << 10, timeout: Duration = .seconds(5)) {
        var settings = OutgoingSettings(rules: .trusted)
        settings.timeouts = ClientTimeouts(connect: timeout, firstByte: timeout, total: timeout)
        settings.certificateFile = certificates
        client = OutgoingClient(settings: settings)
        self.maximumBytes = maximumBytes
    }

    public func get(_ url: String, headers: Headers = [:]) async throws -> [UInt8] {
        let (status, body) = try await send(OutgoingRequest(.get, url, headers: headers))
        guard status == .ok else { throw Failed(description: "\(url) answered \(status)") }
        return body
    }

    /// The keys of a JWKS; a set without any that we could use is none.
    public func keys(_ url: String) async throws -> KeySet {
        let keys = try KeySet(jwks: try await get(url))
        guard !keys.keys.isEmpty else { throw Failed(description: "\(url) has no key that can be used") }
        return keys
    }

    /// The status and the body, whatever they are.
    public func send(_ request: OutgoingRequest) async throws -> (Status, [UInt8]) {
        var request = request
        request.maximumBodyBytes = maximumBytes
        let answer = try await client.send(request)
        return (answer.status, try await answer.body.collect(upTo: maximumBytes))
    }

    public func shutDown() { client.shutDown() }
}

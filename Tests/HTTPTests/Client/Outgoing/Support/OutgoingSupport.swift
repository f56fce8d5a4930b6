import Glibc
import Loop
import TestKit
import Testing

@testable import HTTP

extension OutgoingSettings {
    /// Guarded, with this machine's loopback allowed and nothing else: what tests can reach.
    static func loopback(certificateFile: String? = nil, timeouts: ClientTimeouts? = nil) -> OutgoingSettings {
        var settings = OutgoingSettings(rules: .loopback)
        settings.certificateFile = certificateFile
        if let timeouts { settings.timeouts = timeouts }
        return settings
    }
}

extension OutgoingRules {
    static let loopback = OutgoingRules(
        reach: .guarded(AddressGuard(allowing: ["127.0.0.0/8", "::1"].compactMap(IPNetwork.init))),
        allowsPlainHTTP: true, ports: nil)
}

extension ScriptedServer {
    func url(_ path: String = "/", host: String = "127.0.0.1") -> String { "http://\(host):\(port)\(path)" }
}

/// The answer to a request by a client of these settings, its body read whole.
func fetch(
    _ request: OutgoingRequest, _ settings: OutgoingSettings = .loopback()
) async throws -> (response: ClientResponse, body: [UInt8]) {
    try await onLoop {
        let response = try await OutgoingClient(settings: settings).send(request)
        let body = try await response.body.collect(upTo: 64 << 20)
        return (response, body)
    }
}

/// What such a request fails with.
func fetchFailure(_ request: OutgoingRequest, _ settings: OutgoingSettings = .loopback()) async -> ClientError? {
    await failure { _ = try await fetch(request, settings) }
}

func isRefusedDestination(_ error: ClientError?) -> Bool {
    if case .refusedDestination = error { true } else { false }
}

/// For scripts, which block.
func usleepMilliseconds(_ count: UInt32) {
    usleep(count * 1000)
}

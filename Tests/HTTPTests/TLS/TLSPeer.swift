import Foundation
import TestKit
import Testing

/// Clients in Python: `Support/clients.py`.
enum TLSPeer {
    private static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Support/clients.py").path

    static func start(
        _ name: String, port: UInt16, _ certificates: String, _ environment: [String: String] = [:]
    ) throws -> TestProcess {
        let own = ["PORT": "\(port)", "CERTIFICATES": certificates, "PYTHONDONTWRITEBYTECODE": "1"]
        return try TestProcess(
            TestPython.path ?? "python3", [script, name], environment: environment.merging(own) { $1 })
    }

    /// Runs a client to its end, which must be a good one.
    @discardableResult
    static func run(
        _ name: String, port: UInt16, _ certificates: String, _ environment: [String: String] = [:]
    ) async throws -> String {
        let (output, status) = try await start(name, port: port, certificates, environment).finish()
        #expect(status == 0, "\(name): \(output)")
        return output
    }
}

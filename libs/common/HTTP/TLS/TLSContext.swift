import CTLS
import Configuration

/// A certificate with its key, and the rules of a handshake. Never changed: new files make a new context, and sessions keep
/// the one that they began with.
///
/// Unchecked because OpenSSL counts a context's references atomically and only reads it after it was set up.
final class TLSContext: @unchecked Sendable {
    let pointer: OpaquePointer
    let certificate: TLSCertificate

    init(_ settings: TLSSettings, _ tickets: TicketKeys) throws(TLSError) {
        let certificates = try Self.read(settings.certificateFile)
        let key = try Self.read(settings.keyFile)
        let protocols = settings.protocolList
        var problem = CTLS_FAILED
        var reason = [CChar](repeating: 0, count: 256)
        let made = ctls_context_new(
            certificates, certificates.utf8.count, key, key.utf8.count, protocols, protocols.count,
            settings.minimumVersion == .tls13 ? 1 : 0, tickets.pointer, &problem, &reason, reason.count)
        guard let made else { throw TLSError(problem, reason: text(reason), settings) }
        pointer = made
        certificate = TLSCertificate(of: made)
    }

    deinit {
        ctls_context_free(pointer)
    }

    private static func read(_ path: String) throws(TLSError) -> String {
        do throws(SettingFile.Failure) {
            return try SettingFile.read(path)
        } catch {
            throw .unreadable(path: path, reason: error.reason)
        }
    }
}

/// What is worth telling of a certificate.
public struct TLSCertificate: Sendable, Equatable {
    public let subject: String
    /// In hexadecimal digits, as tools show it.
    public let serial: String
    /// The last second of its life, of Unix time.
    public let expires: Int64

    init(of context: OpaquePointer) {
        var room = [CChar](repeating: 0, count: 512)
        ctls_context_subject(context, &room, room.count)
        subject = text(room)
        ctls_context_serial(context, &room, room.count)
        serial = text(room)
        expires = ctls_context_expiry(context)
    }
}

/// The keys of session tickets.
///
/// Unchecked because a lock of its own guards what changes.
final class TicketKeys: @unchecked Sendable {
    let pointer: OpaquePointer

    init() throws(TLSError) {
        guard let pointer = ctls_tickets_new() else { throw .failed(reason: "no random numbers for ticket keys") }
        self.pointer = pointer
    }

    deinit {
        ctls_tickets_free(pointer)
    }
}

private func text(_ characters: [CChar]) -> String {
    String(decoding: characters.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}

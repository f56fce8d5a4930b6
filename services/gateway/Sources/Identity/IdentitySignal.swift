import JSON
import Postgres

/// What gateways tell each other over the schema's channel. A hint: each looks by itself from time to time, too.
enum IdentitySignal: Equatable {
    case keysChanged
    case revoked(Revocation)

    static let channel: SQL = "('gateway_' || to_hex(hashtextextended(current_schema(), 0)))"

    init?(_ text: String) {
        if text == "k" {
            self = .keysChanged
            return
        }
        let parts = text.split(separator: " ", maxSplits: 2)
        guard parts.count == 3, parts[0].first == "r", let at = Int64(parts[0].dropFirst()), let until = Int64(parts[1])
        else { return nil }
        self = .revoked(
            Revocation(
                id: String(parts[2]), at: Timestamp(microseconds: at), until: Timestamp(microseconds: until)))
    }
}

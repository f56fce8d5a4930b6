import Postgres

/// Where a job is in its life.
public enum JobState: String, Codable, Sendable, CaseIterable, PostgresEncodable, PostgresDecodable {
    case queued, running, completed, failed, cancelled

    /// Nothing happens to it any more unless somebody asks for another try.
    public var isFinal: Bool { self == .completed || self == .failed || self == .cancelled }

    var literal: SQL {
        switch self {
        case .queued: "'queued'"
        case .running: "'running'"
        case .completed: "'completed'"
        case .failed: "'failed'"
        case .cancelled: "'cancelled'"
        }
    }
}

import JSON
import Postgres

/// One thing that happened to a job. Numbers grow by one from 1, in the order in which the changes were committed.
public struct JobEvent: Codable, Sendable, Equatable {
    public enum Kind: String, Codable, Sendable, PostgresEncodable, PostgresDecodable {
        case queued, started, progress, stage, log, retry, end
    }

    public var seq: Int
    public var at: Timestamp
    public var type: Kind
    public var data: JSONValue?
}

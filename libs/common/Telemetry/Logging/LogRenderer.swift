import Glibc

/// How records are written.
public enum LogFormat: Sendable, Equatable {
    /// One JSON object a line.
    case json
    /// For people.
    case text(colours: Bool)

    /// Text on a terminal (in colour, unless `NO_COLOR` or a dumb terminal says otherwise), JSON everywhere else.
    public static func automatic(for descriptor: Int32) -> LogFormat {
        guard isatty(descriptor) == 1 else { return .json }
        let isPlain = getenv("NO_COLOR") != nil || getenv("TERM").map { strcmp($0, "dumb") == 0 } ?? false
        return .text(colours: !isPlain)
    }
}

/// Appends records to a byte buffer, each ended by the only newline in it.
public struct LogRenderer: Sendable {
    private let format: LogFormat

    public init(_ format: LogFormat) { self.format = format }

    public func render(_ record: LogRecord, into bytes: inout [UInt8]) {
        switch format {
        case .json: renderJSON(record, into: &bytes)
        case .text(let colours): renderText(record, colours: colours, into: &bytes)
        }
        bytes.append(UInt8(ascii: "\n"))
    }
}

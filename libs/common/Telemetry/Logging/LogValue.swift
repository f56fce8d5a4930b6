/// The value of a log field.
///
/// Ids have cases of their own so that binding one to a logger costs nothing until a record is really written.
public enum LogValue: Sendable, Equatable {
    case string(String)
    case int(Int)
    case double(Double)
    case bool(Bool)
    /// Written as a number of seconds in JSON.
    case duration(Duration)
    case time(UnixTime)
    case requestID(RequestID)
    case traceID(TraceID)
    case spanID(SpanID)
    case list([LogValue])
    case null

    /// What Swift prints for the value; meant for errors.
    public static func describing(_ value: some Any) -> LogValue { .string(String(describing: value)) }

    /// The string, or `null` when there is none.
    public static func string(_ value: String?) -> LogValue { value.map { .string($0) } ?? .null }
}

extension LogValue: ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
    public init(stringLiteral value: String) { self = .string(value) }
}

extension LogValue: ExpressibleByIntegerLiteral {
    public init(integerLiteral value: Int) { self = .int(value) }
}

extension LogValue: ExpressibleByFloatLiteral {
    public init(floatLiteral value: Double) { self = .double(value) }
}

extension LogValue: ExpressibleByBooleanLiteral {
    public init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension LogValue: ExpressibleByNilLiteral {
    public init(nilLiteral: ()) { self = .null }
}

extension LogValue: ExpressibleByArrayLiteral {
    public init(arrayLiteral elements: LogValue...) { self = .list(elements) }
}

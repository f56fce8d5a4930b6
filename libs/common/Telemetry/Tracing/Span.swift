/// One finished piece of work in a trace.
public struct Span: Sendable, Equatable {
    public enum Kind: Int, Sendable {
        case `internal` = 1
        case server, client, producer, consumer
    }

    public enum Status: Sendable, Equatable {
        case unset
        case ok
        case error(String)
    }

    public enum AttributeValue: Sendable, Equatable {
        case string(String)
        case int(Int)
        case double(Double)
        case bool(Bool)
        case strings([String])
    }

    public struct Attribute: Sendable, Equatable {
        public let name: String
        public let value: AttributeValue

        public init(_ name: String, _ value: AttributeValue) {
            self.name = name
            self.value = value
        }
    }

    public var context: TraceContext
    public var parent: SpanID?
    /// What was done, of few different values: `GET /masks/{id}`, never with ids in it.
    public var name: String
    public var kind: Kind
    public var start: UnixTime
    public var end: UnixTime
    public var attributes: [Attribute]
    public var status: Status

    public init(
        _ name: String, kind: Kind, context: TraceContext, parent: SpanID? = nil, start: UnixTime, end: UnixTime,
        attributes: [Attribute] = [], status: Status = .unset
    ) {
        self.name = name
        self.kind = kind
        self.context = context
        self.parent = parent
        self.start = start
        self.end = end
        self.attributes = attributes
        self.status = status
    }
}

extension Span.AttributeValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int) { self = .int(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
}

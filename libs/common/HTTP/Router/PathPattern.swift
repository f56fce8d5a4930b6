/// A route's path: `/jobs/{id}/artifacts/{name}`, or `/objects/**` for everything below.
struct PathPattern: Sendable, Equatable {
    enum Segment: Sendable, Equatable {
        case literal(String)
        case parameter(String)
        /// The rest of the path, at least one segment.
        case rest
    }

    let text: String
    let segments: [Segment]
    let parameterNames: [String]

    /// A pattern is written by us: a wrong one is a programming error.
    init(_ text: String) {
        precondition(text.hasPrefix("/"), "a route begins with '/': \(text)")
        self.text = text
        var segments: [Segment] = []
        if text != "/" {
            for part in text.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
                if part == "**" {
                    segments.append(.rest)
                } else if part.hasPrefix("{"), part.hasSuffix("}") {
                    segments.append(.parameter(String(part.dropFirst().dropLast())))
                } else {
                    precondition(!part.isEmpty && !part.contains("{"), "a segment is a literal or a parameter: \(text)")
                    segments.append(.literal(String(part)))
                }
            }
        }
        if let rest = segments.firstIndex(of: .rest) {
            precondition(rest == segments.count - 1, "'**' ends a route: \(text)")
        }
        self.segments = segments
        parameterNames = segments.compactMap { if case .parameter(let name) = $0 { name } else { nil } }
        precondition(Set(parameterNames).count == parameterNames.count, "a parameter is named twice: \(text)")
    }
}

/// What a route's parameters matched in a path.
public struct PathParameters: Sendable {
    var names: [String] = []
    var ranges: [Range<Int>] = []

    init() {}

    init(names: [String], ranges: [Range<Int>]) {
        self.names = names
        self.ranges = ranges
    }
}

extension Request {
    /// A path parameter, decoded.
    public func parameter(_ name: String) -> String? {
        guard let index = parameters.names.firstIndex(of: name) else { return nil }
        return headers.bytes.withUnsafeBytes { PercentCoding.decode($0, parameters.ranges[index]) }
    }
}

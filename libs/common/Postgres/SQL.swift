/// A statement and its parameters, written as a literal: what is interpolated becomes a parameter, never text.
///
///     "SELECT id, name FROM masks WHERE group_id = \(group) AND created_at > \(since)"
///
/// There is no way to make one from a `String`: whoever writes a statement writes it in the program. What must vary
/// (an order, a set of filters) is put together from such literals by `\(fragment:)`.
public struct SQL: Sendable, ExpressibleByStringInterpolation {
    /// With `$1`, `$2` … where the parameters go.
    public internal(set) var text: String
    var parameters: Parameters

    public init(stringLiteral value: StaticString) {
        text = value.description
        parameters = Parameters()
    }

    public init(stringInterpolation interpolation: Interpolation) {
        text = interpolation.text
        parameters = interpolation.parameters
    }

    public struct Interpolation: StringInterpolationProtocol {
        var text = ""
        var parameters = Parameters()

        public init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + 3 * interpolationCount)
            parameters.reserve(interpolationCount)
        }

        public mutating func appendLiteral(_ literal: StaticString) {
            literal.withUTF8Buffer { text.append(String(decoding: $0, as: UTF8.self)) }
        }

        public mutating func appendInterpolation<Value: PostgresEncodable>(_ value: Value) {
            parameters.append(value)
            appendPlace(parameters.count)
        }

        public mutating func appendInterpolation<Value: PostgresEncodable>(_ value: Value?) {
            if let value { parameters.append(value) } else { parameters.appendNull(Value.postgresType) }
            appendPlace(parameters.count)
        }

        /// A value as JSON, for columns of `json` and `jsonb`.
        public mutating func appendInterpolation<Value: Encodable & Sendable>(json value: Value) {
            parameters.append(json: value)
            appendPlace(parameters.count)
        }

        /// Another statement's text and parameters.
        public mutating func appendInterpolation(fragment: SQL) {
            append(fragment)
        }

        mutating func append(_ fragment: SQL) {
            if parameters.count == 0 || fragment.parameters.count == 0 {
                text += fragment.text
            } else {
                text += Self.renumbered(fragment.text, after: parameters.count)
            }
            parameters.append(contentsOf: fragment.parameters)
        }

        private mutating func appendPlace(_ number: Int) {
            text.append("$")
            text.append(number < 10 ? Self.digits[number] : String(number))
        }

        private static let digits = (0..<10).map(String.init)

        /// Moves the places of a fragment behind those that are there. A `$` before a digit stands for nothing else in
        /// statements of ours: literals with one belong into a parameter.
        private static func renumbered(_ text: String, after count: Int) -> String {
            var result = ""
            result.reserveCapacity(text.utf8.count + 8)
            var rest = text[...]
            while let dollar = rest.utf8.firstIndex(of: UInt8(ascii: "$")) {
                let after = rest.utf8.index(after: dollar)
                let digits = rest[after...].utf8.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
                result += rest[..<after]
                if let number = Int(Substring(digits)) { result += String(number + count) }
                rest = rest[digits.endIndex...]
            }
            return result + rest
        }
    }
}

extension SQL {
    /// Fragments in a row with a separator between them: `SQL.joined(filters, " AND ")`.
    public static func joined(_ fragments: [SQL], _ separator: StaticString) -> SQL {
        var interpolation = Interpolation(literalCapacity: 0, interpolationCount: 0)
        for (index, fragment) in fragments.enumerated() {
            if index > 0 { interpolation.appendLiteral(separator) }
            interpolation.append(fragment)
        }
        return SQL(stringInterpolation: interpolation)
    }
}

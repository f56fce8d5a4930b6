/// The decoded parameters of a query or of a form, in order.
public struct QueryParameters: Sendable, Equatable {
    public private(set) var pairs: [(name: String, value: String)] = []

    public init() {}

    /// Splits at `&`, decodes `%HH` and `+`. Escapes were checked with the target; in a form a bad one stays as it is.
    public init(parsing bytes: UnsafeRawBufferPointer) {
        var start = 0
        while start < bytes.count {
            var end = start
            var equals: Int?
            while end < bytes.count, bytes[end] != UInt8(ascii: "&") {
                if equals == nil, bytes[end] == UInt8(ascii: "=") { equals = end }
                end += 1
            }
            if end > start {
                let name = PercentCoding.decode(bytes, start..<(equals ?? end), plusIsSpace: true)
                let value = equals.map { PercentCoding.decode(bytes, $0 + 1..<end, plusIsSpace: true) } ?? ""
                pairs.append((name, value))
            }
            start = end + 1
        }
    }

    public init(_ text: String) {
        var text = text
        self = text.withUTF8 { QueryParameters(parsing: UnsafeRawBufferPointer($0)) }
    }

    public var isEmpty: Bool { pairs.isEmpty }

    /// The first value of a name.
    public subscript(name: String) -> String? { pairs.first { $0.name.hasSameBytes(as: name) }?.value }

    public func values(_ name: String) -> [String] { pairs.filter { $0.name.hasSameBytes(as: name) }.map(\.value) }

    public static func == (a: QueryParameters, b: QueryParameters) -> Bool {
        a.pairs.elementsEqual(b.pairs) { $0.name.hasSameBytes(as: $1.name) && $0.value.hasSameBytes(as: $1.value) }
    }
}

extension String {
    /// Swift also calls texts equal that only look alike, which the other end of a protocol does not.
    func hasSameBytes(as other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}

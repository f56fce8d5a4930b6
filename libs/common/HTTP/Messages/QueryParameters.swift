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
    public subscript(name: String) -> String? { pairs.first { $0.name == name }?.value }

    public func values(_ name: String) -> [String] { pairs.filter { $0.name == name }.map(\.value) }

    public static func == (a: QueryParameters, b: QueryParameters) -> Bool {
        a.pairs.elementsEqual(b.pairs) { $0.name == $1.name && $0.value == $1.value }
    }
}

import Crypto

/// The text of a request that a signature covers (SigV4, "canonical request").
struct CanonicalRequest {
    /// How a payload is named in it.
    enum Payload: Sendable {
        case unsigned
        /// SHA-256 in hexadecimal digits, or whatever the request says in its place.
        case named([UInt8])

        static func of(_ bytes: [UInt8]) -> Payload { .named(Array(Hex.encode(SHA256.hash(bytes)).utf8)) }

        var text: [UInt8] {
            switch self {
            case .unsigned: Array("UNSIGNED-PAYLOAD".utf8)
            case .named(let text): text
            }
        }
    }

    /// Names in lower case; the values of a name that occurs twice are joined.
    let bytes: [UInt8]
    let signedHeaders: [UInt8]

    /// `path` and `query` are encoded already, the query's parameters in order.
    init(
        method: String, path: [UInt8], query: [UInt8], headers: [(name: String, value: String)], payload: Payload
    ) {
        var folded: [(name: [UInt8], value: [UInt8])] = []
        folded.reserveCapacity(headers.count)
        for (name, value) in headers { folded.append((Self.lowercased(name), Self.collapsed(value))) }
        // Sorting is not stable everywhere, and values of one name stay in their order.
        let order = folded.indices.sorted {
            folded[$0].name == folded[$1].name
                ? $0 < $1 : folded[$0].name.lexicographicallyPrecedes(folded[$1].name)
        }
        var lines: [UInt8] = []
        var names: [UInt8] = []
        var last: Int?
        for index in order {
            if let last, folded[last].name == folded[index].name {
                lines[lines.count - 1] = UInt8(ascii: ",")
            } else {
                if last != nil { names.append(UInt8(ascii: ";")) }
                names.append(contentsOf: folded[index].name)
                lines.append(contentsOf: folded[index].name)
                lines.append(UInt8(ascii: ":"))
            }
            lines.append(contentsOf: folded[index].value)
            lines.append(UInt8(ascii: "\n"))
            last = index
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(path.count + query.count + lines.count + names.count + 100)
        bytes.append(contentsOf: method.utf8)
        for part in [path, query, lines, names] {
            bytes.append(UInt8(ascii: "\n"))
            bytes.append(contentsOf: part)
        }
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: payload.text)
        self.bytes = bytes
        signedHeaders = names
    }

    private static func lowercased(_ name: String) -> [UInt8] {
        name.utf8.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }
    }

    /// Without blanks at the ends, and with one in place of several.
    private static func collapsed(_ value: String) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(value.utf8.count)
        var hasBlank = false
        for byte in value.utf8 {
            if byte == 0x20 || (0x09...0x0d).contains(byte) {
                hasBlank = !result.isEmpty
                continue
            }
            if hasBlank { result.append(0x20) }
            hasBlank = false
            result.append(byte)
        }
        return result
    }
}

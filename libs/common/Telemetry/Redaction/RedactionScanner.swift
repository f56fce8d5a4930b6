/// One pass over a text that copies it with the secrets masked.
///
/// Every secret it knows has a visible marker before it: `=` or `%3D` (a parameter), `:` (a header, a JSON member, the
/// credentials of a URL), `Bearer ` or `Basic `, `eyJ` (the start of any JWT). It stops at markers and judges there.
struct RedactionScanner {
    typealias Bytes = UnsafeBufferPointer<UInt8>

    let bytes: Bytes
    private var output: [UInt8] = []
    /// What comes before is already copied or masked.
    private var copied = 0
    /// Up to here a run of bytes is known to hold no JWT, so that it is not read again from each `eyJ` in it.
    var tokenlessEnd = 0

    init(_ bytes: Bytes) { self.bytes = bytes }

    /// False for texts without any marker: most ids, names and paths.
    static func mayHoldSecret(_ bytes: Bytes) -> Bool {
        bytes.contains { byte in
            switch byte {
            case UInt8(ascii: "="), UInt8(ascii: ":"), UInt8(ascii: "%"), UInt8(ascii: " "), UInt8(ascii: "."),
                UInt8(ascii: "+"):
                true
            default: false
            }
        }
    }

    /// The masked text; nil when nothing had to be masked.
    mutating func redacted() -> [UInt8]? {
        var index = 0
        while index < bytes.count {
            if let secret = secret(at: index) {
                output.append(contentsOf: bytes[copied..<secret.lowerBound])
                output.append(text: Redactor.mask)
                copied = secret.upperBound
                index = max(secret.upperBound, index + 1)
            } else {
                index += 1
            }
        }
        guard copied > 0 || !output.isEmpty else { return nil }
        output.append(contentsOf: bytes[copied...])
        return output
    }

    /// The bytes to mask when the marker at `index` announces a secret.
    private mutating func secret(at index: Int) -> Range<Int>? {
        let found: Range<Int>?
        switch bytes[index] {
        case UInt8(ascii: "="): found = parameterValue(nameEnd: index, valueStart: index + 1)
        case UInt8(ascii: "%"): found = encodedValue(at: index)
        case UInt8(ascii: ":"): found = urlPassword(at: index) ?? memberValue(nameEnd: index, valueStart: index + 1)
        case UInt8(ascii: "B"), UInt8(ascii: "b"): found = credentials(at: index)
        case UInt8(ascii: "e"): found = webToken(at: index)
        case UInt8(ascii: "-"): found = privateKey(at: index)
        default: return nil
        }
        guard let found, !found.isEmpty, found.lowerBound >= copied else { return nil }
        return found
    }
}

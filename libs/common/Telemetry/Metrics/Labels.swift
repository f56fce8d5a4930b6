/// The labels of one series as they are written: `method="GET",route="/masks/{id}"`, sorted, escaped.
struct Labels: Sendable, Hashable, Comparable {
    let text: String

    init(_ pairs: [(String, String)]) {
        var bytes: [UInt8] = []
        for (name, value) in pairs.sorted(by: { $0.0 < $1.0 }) {
            precondition(MetricName.isValidLabel(name), "\(name) is not a label name")
            if !bytes.isEmpty { bytes.append(UInt8(ascii: ",")) }
            bytes.append(text: name)
            bytes.append(text: "=\"")
            bytes.append(labelValue: value)
            bytes.append(UInt8(ascii: "\""))
        }
        text = String(decoding: bytes, as: UTF8.self)
    }

    /// The series that stands for all that there is no room for.
    static func other(_ pairs: [(String, String)]) -> Labels { Labels(pairs.map { ($0.0, "other") }) }

    static func < (left: Labels, right: Labels) -> Bool { left.text < right.text }
}

extension [UInt8] {
    fileprivate mutating func append(labelValue value: String) {
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): append(text: "\\\\")
            case UInt8(ascii: "\""): append(text: "\\\"")
            case UInt8(ascii: "\n"): append(text: "\\n")
            default: append(byte)
            }
        }
    }
}

extension Headers {
    /// Leaves what may be passed on: without the fields of the connection, those that `Connection` names, and those whose
    /// names are in `refused`. No bytes are moved.
    public mutating func strain(_ refused: FieldNames) {
        guard !fields.isEmpty else { return }
        let named = contains("connection") ? values("connection").flatMap { $0.split(separator: ",") } : []
        bytes.withUnsafeBytes { bytes in
            fields.removeAll { field in
                switch HopByHop.kind(of: field.name, bytes) {
                case .hopByHop, .contentLength: true
                case .host: false
                case .endToEnd: refused.contains(field.name, bytes)
                }
            }
        }
        for name in named { remove(String(name.filter { $0 != " " && $0 != "\t" })) }
    }

    /// Adds all fields of another message, or of a block that was made beforehand.
    public mutating func append(contentsOf other: Headers) {
        let offset = UInt32(bytes.count)
        bytes.append(contentsOf: other.bytes)
        fields.reserveCapacity(fields.count + other.fields.count)
        for var field in other.fields {
            field.nameStart += offset
            field.valueStart += offset
            fields.append(field)
        }
    }
}

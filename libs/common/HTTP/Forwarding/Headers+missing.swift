extension Headers {
    /// Adds those fields of a block made beforehand whose names are not here yet.
    public mutating func append(missing other: Headers) {
        let present = other.fields.filter { has($0, of: other) }
        guard !present.isEmpty else { return append(contentsOf: other) }
        for field in other.fields where !has(field, of: other) {
            append(other.text(field.name), other.text(field.value))
        }
    }

    private func has(_ wanted: Field, of other: Headers) -> Bool {
        bytes.withUnsafeBytes { bytes in
            other.bytes.withUnsafeBytes { names in
                fields.contains { field in
                    guard field.nameLength == wanted.nameLength else { return false }
                    for offset in 0..<Int(field.nameLength) {
                        let (a, b) = (bytes[Int(field.nameStart) + offset], names[Int(wanted.nameStart) + offset])
                        if CharacterClass.lowercased(a) != CharacterClass.lowercased(b) { return false }
                    }
                    return true
                }
            }
        }
    }
}

extension Output {
    /// Writes the whole document.
    func writeDocument<T: Encodable>(_ value: T) throws(JSONError) {
        containers.open()
        defer { containers.close() }
        do {
            if try writeDirectly(value) { return }
            try value.encode(to: ValueEncoder(output: self, depth: 0))
            try closeLevel()
        } catch {
            throw fail(error)
        }
    }

    /// Writes a value where one is due. Types whose own `encode(to:)` would only write one scalar, or one scalar
    /// after another, are written here directly.
    func write<T: Encodable>(value: T) throws {
        if try writeDirectly(value) { return }
        try nest { encoder in
            do {
                try value.encode(to: encoder)
            } catch {
                throw fail(error)
            }
        }
    }

    @inline(__always)
    private func writeDirectly<T>(_ value: T) throws(JSONError) -> Bool {
        if T.self == String.self {
            write(unsafeBitCast(value, to: String.self))
        } else if T.self == Int.self {
            write(unsafeBitCast(value, to: Int.self))
        } else if T.self == Double.self {
            try write(unsafeBitCast(value, to: Double.self))
        } else if T.self == Bool.self {
            write(unsafeBitCast(value, to: Bool.self))
        } else if T.self == Timestamp.self {
            try write(unsafeBitCast(value, to: Timestamp.self))
        } else if T.self == JSONValue.self {
            try write(checking: unsafeBitCast(value, to: JSONValue.self))
        } else if T.self == [String].self {
            try write(elements: unsafeBitCast(value, to: [String].self)) { write($0) }
        } else if T.self == [Int].self {
            try write(elements: unsafeBitCast(value, to: [Int].self)) { write($0) }
        } else if T.self == [Double].self {
            try write(elements: unsafeBitCast(value, to: [Double].self)) { value throws(JSONError) in try write(value) }
        } else if T.self == [Float].self {
            try write(elements: unsafeBitCast(value, to: [Float].self)) { value throws(JSONError) in try write(value) }
        } else {
            return false
        }
        return true
    }

    @inline(__always)
    private func write<E>(elements: [E], _ element: (E) throws(JSONError) -> Void) throws(JSONError) {
        append(UInt8(ascii: "["))
        var isFirst = true
        for value in elements {
            if !isFirst { append(UInt8(ascii: ",")) }
            isFirst = false
            try element(value)
        }
        append(UInt8(ascii: "]"))
    }
}

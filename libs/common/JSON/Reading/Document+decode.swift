extension Document {
    /// Decodes the value at a token. Types whose own `init(from:)` would only ask for one scalar, or for one scalar
    /// after another, are read here directly; Codable's containers cost more than such values do.
    func decode<T: Decodable>(_ type: T.Type, at index: Int) throws -> T {
        if T.self == JSONValue.self { return unsafeBitCast(value(at: index), to: T.self) }
        if T.self == String.self { return unsafeBitCast(try string(at: index), to: T.self) }
        if T.self == Int.self { return unsafeBitCast(try integer(Int.self, at: index), to: T.self) }
        if T.self == Double.self { return unsafeBitCast(try double(at: index), to: T.self) }
        if T.self == Bool.self { return unsafeBitCast(try bool(at: index), to: T.self) }
        if T.self == [String].self { return unsafeBitCast(try strings(at: index), to: T.self) }
        if T.self == [Int].self { return unsafeBitCast(try integers(at: index), to: T.self) }
        if T.self == [Double].self { return unsafeBitCast(try doubles(at: index), to: T.self) }
        if T.self == [Float].self { return unsafeBitCast(try floats(at: index), to: T.self) }
        if T.self == [String: JSONValue].self { return unsafeBitCast(try freeFormMembers(at: index), to: T.self) }
        if T.self == [String: String].self { return unsafeBitCast(try stringMembers(at: index), to: T.self) }
        if T.self == [String: Int].self { return unsafeBitCast(try integerMembers(at: index), to: T.self) }
        if T.self == [String: Double].self { return unsafeBitCast(try doubleMembers(at: index), to: T.self) }
        if T.self == Timestamp.self { return unsafeBitCast(try timestamp(at: index), to: T.self) }
        if tape[index].kind == .array, let array = T.self as? any DecodableArray.Type {
            return try decode(array, at: index)
        }
        do {
            return try T(from: ValueDecoder(text: owner, index: index))
        } catch {
            throw JSONError(thrownByDecoding: error, at: steps(to: index))
        }
    }

    private func decode<A: DecodableArray, T>(_ type: A.Type, at index: Int) throws -> T {
        unsafeBitCast(try A.decode(from: self, at: index), to: T.self)
    }

    private func strings(at index: Int) throws(JSONError) -> [String] {
        try elements(of: index) { place throws(JSONError) in try string(at: place) }
    }

    private func integers(at index: Int) throws(JSONError) -> [Int] {
        try elements(of: index) { place throws(JSONError) in try integer(Int.self, at: place) }
    }

    private func doubles(at index: Int) throws(JSONError) -> [Double] {
        try elements(of: index) { place throws(JSONError) in try double(at: place) }
    }

    private func floats(at index: Int) throws(JSONError) -> [Float] {
        try elements(of: index) { place throws(JSONError) in try float(at: place) }
    }

    private func freeFormMembers(at index: Int) throws(JSONError) -> [String: JSONValue] {
        try members(of: index) { place in value(at: place) }
    }

    private func stringMembers(at index: Int) throws(JSONError) -> [String: String] {
        try members(of: index) { place throws(JSONError) in try string(at: place) }
    }

    private func integerMembers(at index: Int) throws(JSONError) -> [String: Int] {
        try members(of: index) { place throws(JSONError) in try integer(Int.self, at: place) }
    }

    private func doubleMembers(at index: Int) throws(JSONError) -> [String: Double] {
        try members(of: index) { place throws(JSONError) in try double(at: place) }
    }

    func timestamp(at index: Int) throws(JSONError) -> Timestamp {
        let token = tape[index]
        guard token.kind == .string else { throw mismatch(Timestamp.expected, at: index) }
        guard let timestamp = Timestamp(rfc3339: bytes(of: token)) else { throw invalid(Timestamp.expected, at: index) }
        return timestamp
    }

    @inline(__always)
    private func elements<E>(of array: Int, _ element: (Int) throws(JSONError) -> E) throws(JSONError) -> [E] {
        guard tape[array].kind == .array else { throw mismatch("an array", at: array) }
        var elements: [E] = []
        elements.reserveCapacity(Int(tape[array].end))
        var index = array &+ 1
        let end = Int(tape[array].link)
        while index < end {
            elements.append(try element(index))
            index = next(after: index)
        }
        return elements
    }

    @inline(__always)
    private func members<E>(of object: Int, _ value: (Int) throws(JSONError) -> E) throws(JSONError) -> [String: E] {
        guard tape[object].kind == .object else { throw mismatch("an object", at: object) }
        var members: [String: E] = [:]
        members.reserveCapacity(Int(tape[object].end))
        try forEachMember(of: object) { name, place throws(JSONError) in members[name] = try value(place) }
        return members
    }
}

/// Arrays of whatever can be decoded: made at their size, which the standard library's own `init(from:)` does not know.
private protocol DecodableArray {
    static func decode(from document: Document, at index: Int) throws -> Self
}

extension Array: DecodableArray where Element: Decodable {
    fileprivate static func decode(from document: Document, at index: Int) throws -> [Element] {
        let size = Int(document.tape[index].end)
        // One of no elements would be written to, though it is the empty array that everybody shares.
        guard size > 0 else { return [] }
        var place = index + 1
        return try [Element](unsafeUninitializedCapacity: size) { elements, count in
            while count < elements.count {
                (elements.baseAddress! + count).initialize(to: try document.decode(Element.self, at: place))
                count += 1
                place = document.next(after: place)
            }
        }
    }
}

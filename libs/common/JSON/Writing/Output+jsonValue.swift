extension Output {
    /// Writes a free-form value, unless it is nested too deeply to be read again.
    func write(checking value: JSONValue) throws(JSONError) {
        guard value.isShallow(within: Output.maximumDepth - outerDepth - depth) else {
            throw fail(.tooDeep, Output.tooDeep)
        }
        write(value, layout: Layout())
    }

    func write(_ value: JSONValue, layout: Layout, indentation: Int = 0) {
        switch value {
        case .null: writeNull()
        case .bool(let value): write(value)
        case .number(let number): write(ascii: number.literal)
        case .string(let string): write(string)
        case .array(let elements):
            write(elements, "[", "]", layout: layout, indentation: indentation) { element, inner in
                write(element, layout: layout, indentation: inner)
            }
        case .object(let object):
            let members = layout.sortedKeys ? object.membersByName : object.members
            write(members, "{", "}", layout: layout, indentation: indentation) { member, inner in
                write(member.name)
                append(UInt8(ascii: ":"))
                if layout.pretty { append(UInt8(ascii: " ")) }
                write(member.value, layout: layout, indentation: inner)
            }
        }
    }

    @inline(__always)
    private func write<E>(
        _ items: [E], _ opening: Unicode.Scalar, _ closing: Unicode.Scalar, layout: Layout, indentation: Int,
        _ item: (E, Int) -> Void
    ) {
        append(UInt8(ascii: opening))
        var isFirst = true
        for value in items {
            if !isFirst { append(UInt8(ascii: ",")) }
            isFirst = false
            if layout.pretty { breakLine(indentation: indentation + 1) }
            item(value, indentation + 1)
        }
        if layout.pretty, !isFirst { breakLine(indentation: indentation) }
        append(UInt8(ascii: closing))
    }

    private func breakLine(indentation: Int) {
        append(0x0A)
        for _ in 0..<indentation * 2 { append(UInt8(ascii: " ")) }
    }
}

extension JSONValue {
    fileprivate func isShallow(within depth: Int) -> Bool {
        switch self {
        case .array(let elements): depth > 0 && elements.allSatisfy { $0.isShallow(within: depth - 1) }
        case .object(let object): depth > 0 && object.members.allSatisfy { $0.value.isShallow(within: depth - 1) }
        default: true
        }
    }
}

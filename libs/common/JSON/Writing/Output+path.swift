extension Output {
    /// The way to the value being written, read off the unfinished text; so that keeping track costs nothing until
    /// something is wrong.
    var steps: [JSONError.Step] {
        let child = parent?.children.first { $0.output === self }
        return (parent?.steps(upTo: child?.position ?? 0) ?? []) + steps(upTo: count)
    }

    var codingPath: [any CodingKey] { steps.map(PathKey.init) }

    private func steps(upTo end: Int) -> [JSONError.Step] {
        var path: [JSONError.Step?] = []
        var place = 0
        while place < end {
            switch base[place] {
            case UInt8(ascii: "{"):
                path.append(nil)
            case UInt8(ascii: "["):
                path.append(.index(0))
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                path.removeLast()
            case UInt8(ascii: ","):
                if case .index(let index) = path.last { path[path.count - 1] = .index(index + 1) }
            case UInt8(ascii: "\""):
                let start = place
                place = endOfString(at: start)
                if place < end, base[place] == UInt8(ascii: ":") { path[path.count - 1] = .key(name(start..<place)) }
                continue
            default:
                break
            }
            place += 1
        }
        return path.compactMap { $0 }
    }

    private func endOfString(at start: Int) -> Int {
        var place = start + 1
        while base[place] != UInt8(ascii: "\"") { place += base[place] == UInt8(ascii: "\\") ? 2 : 1 }
        return place + 1
    }

    private func name(_ range: Range<Int>) -> String {
        (try? JSONValue.parse(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[range])))?.string ?? ""
    }
}

/// Finds the route of a path: literals before parameters before `**`, in time proportional to the path.
///
/// Built once, then only read. Works on the bytes of the path; a path without escapes is never copied.
struct RouteTree<Value: Sendable>: Sendable {
    struct Match {
        let value: Value
        let ranges: [Range<Int>]
    }

    private struct Node: Sendable {
        var literals: [(name: [UInt8], node: Int)] = []
        var parameter: Int?
        var rest: Value?
        var value: Value?
    }

    private var nodes = [Node()]

    /// The value stored at a pattern, made with `make` when there is none yet.
    mutating func update(_ pattern: PathPattern, default make: () -> Value, _ change: (inout Value) -> Void) {
        var index = 0
        for segment in pattern.segments {
            switch segment {
            case .literal(let name): index = child(of: index, literal: Array(name.utf8))
            case .parameter:
                if let existing = nodes[index].parameter {
                    index = existing
                } else {
                    nodes.append(Node())
                    nodes[index].parameter = nodes.count - 1
                    index = nodes.count - 1
                }
            case .rest:
                var value = nodes[index].rest ?? make()
                change(&value)
                nodes[index].rest = value
                return
            }
        }
        var value = nodes[index].value ?? make()
        change(&value)
        nodes[index].value = value
    }

    private mutating func child(of index: Int, literal: [UInt8]) -> Int {
        if let found = nodes[index].literals.first(where: { $0.name == literal }) { return found.node }
        nodes.append(Node())
        nodes[index].literals.append((literal, nodes.count - 1))
        return nodes.count - 1
    }

    /// Looks up the path in `range`; parameters are answered as ranges of `bytes`.
    func match(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Match? {
        var ranges: [Range<Int>] = []
        guard range.count > 1 else {
            return nodes[0].value.map { Match(value: $0, ranges: []) }
        }
        return search(0, bytes, range.lowerBound + 1, range.upperBound, &ranges).map {
            Match(value: $0, ranges: ranges)
        }
    }

    private func search(
        _ index: Int, _ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int, _ ranges: inout [Range<Int>]
    ) -> Value? {
        if start > end { return nodes[index].value }
        var segmentEnd = start
        while segmentEnd < end, bytes[segmentEnd] != UInt8(ascii: "/") { segmentEnd &+= 1 }
        for literal in nodes[index].literals where equals(literal.name, bytes, start..<segmentEnd) {
            if let found = search(literal.node, bytes, segmentEnd + 1, end, &ranges) { return found }
        }
        if let parameter = nodes[index].parameter, segmentEnd > start {
            ranges.append(start..<segmentEnd)
            if let found = search(parameter, bytes, segmentEnd + 1, end, &ranges) { return found }
            ranges.removeLast()
        }
        if let rest = nodes[index].rest, start < end {
            ranges.append(start..<end)
            return rest
        }
        return nil
    }

    private func equals(_ name: [UInt8], _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Bool {
        guard name.count == range.count else { return false }
        for offset in 0..<name.count where name[offset] != bytes[range.lowerBound &+ offset] { return false }
        return true
    }
}

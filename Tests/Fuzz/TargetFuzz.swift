@testable import HTTP

/// Any bytes as a request target: an accepted path has one reading, and finds the route that a plain comparison finds.
func fuzzTarget(_ bytes: UnsafeRawBufferPointer) {
    guard let target = try? RequestTarget(parsing: bytes, 0..<bytes.count), !target.isAsterisk else { return }
    precondition(bytes[target.path].first == UInt8(ascii: "/"))
    let path = decoded(bytes, target.path)
    // By scalars, for a mark behind a slash makes one character of both.
    let segments = path.unicodeScalars.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    precondition(segments.dropLast().allSatisfy { !$0.isEmpty }, "an empty segment")
    for segment in segments {
        let name = segment.prefix { $0 != ";" }
        precondition(!name.elementsEqual(".".unicodeScalars) && !name.elementsEqual("..".unicodeScalars), "dots")
    }
    precondition(path.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0 != "\u{7f}" && $0 != "\\" })
    let rawSlashes = bytes[target.path].count { $0 == UInt8(ascii: "/") }
    precondition(path.utf8.count { $0 == UInt8(ascii: "/") } == rawSlashes, "an encoded slash")
    precondition(target.pathHasEscapes == bytes[target.path].contains(UInt8(ascii: "%")))
    if let query = target.query {
        precondition(!decoded(bytes, query).utf8.contains(0) && !bytes[query].contains(UInt8(ascii: "#")))
    }
    checkRoundTrip(path)
    checkRoutes(bytes, target.path)
}

private func decoded(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> String {
    PercentCoding.decode(bytes, range)
}

/// The same path in its plainest spelling is accepted, too.
private func checkRoundTrip(_ path: String) {
    var encoded = PercentCoding.encode(path, keepingSlash: true)
    encoded.withUTF8 { encoded in
        let bytes = UnsafeRawBufferPointer(encoded)
        guard let again = try? RequestTarget(parsing: bytes, 0..<bytes.count) else {
            preconditionFailure("an accepted path is refused when written plainly: \(path)")
        }
        precondition(decoded(bytes, again.path).hasSameBytes(as: path))
    }
}

private let patterns = ["/", "/a", "/a/b", "/a/{x}", "/a/{x}/c", "/{y}/b", "/{y}/{z}/d", "/f/**", "/f/g/{x}"]
    .map(PathPattern.init)

private let tree: RouteTree<Int> = {
    var tree = RouteTree<Int>()
    for (index, pattern) in patterns.enumerated() { tree.update(pattern, default: { index }, { _ in }) }
    return tree
}()

private func checkRoutes(_ bytes: UnsafeRawBufferPointer, _ path: Range<Int>) {
    let segments =
        path.count == 1
        ? [] : bytes[path].dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    let fitting = patterns.indices.filter { fits(patterns[$0], segments) }
    let match = tree.match(bytes, path)
    guard let match else {
        precondition(fitting.isEmpty, "a route was missed")
        return
    }
    precondition(fitting.contains(match.value), "a route that does not fit")
    precondition(match.ranges.allSatisfy { !$0.isEmpty && $0.lowerBound > path.lowerBound })
    let isRest = patterns[match.value].segments.last == .rest
    precondition(match.ranges.count == patterns[match.value].parameterNames.count + (isRest ? 1 : 0))
}

private func fits(_ pattern: PathPattern, _ segments: [Slice<UnsafeRawBufferPointer>]) -> Bool {
    for (index, expected) in pattern.segments.enumerated() {
        switch expected {
        case .rest: return index < segments.count && !(index == segments.count - 1 && segments[index].isEmpty)
        case .literal(let name):
            guard index < segments.count, segments[index].elementsEqual(name.utf8) else { return false }
        case .parameter:
            guard index < segments.count, !segments[index].isEmpty else { return false }
        }
    }
    return pattern.segments.count == segments.count
}

/// Any bytes as a query or a form: splitting agrees with a plainer one, and what was read is read again alike.
func fuzzQuery(_ bytes: UnsafeRawBufferPointer) {
    let query = QueryParameters(parsing: bytes)
    let plain = bytes.split(separator: UInt8(ascii: "&")).map { pair in
        let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
        return (plainlyDecoded(parts[0]), parts.count > 1 ? plainlyDecoded(parts[1]) : "")
    }
    precondition(
        query.pairs.count == plain.count
            && zip(query.pairs, plain).allSatisfy { $0.name.hasSameBytes(as: $1.0) && $0.value.hasSameBytes(as: $1.1) },
        "the query is split or decoded differently")
    let text = query.pairs.map { "\(PercentCoding.encode($0.name))=\(PercentCoding.encode($0.value))" }
        .joined(separator: "&")
    precondition(QueryParameters(text) == query, "a query does not come back")
    for pair in query.pairs { precondition(query.values(pair.name).contains { $0.hasSameBytes(as: pair.value) }) }
}

private func plainlyDecoded(_ bytes: Slice<UnsafeRawBufferPointer>) -> String {
    var decoded: [UInt8] = []
    var rest = bytes[...]
    while let byte = rest.popFirst() {
        if byte == UInt8(ascii: "%"), rest.count >= 2, let high = Character(Unicode.Scalar(rest.first!)).hexDigitValue,
            let low = Character(Unicode.Scalar(rest.dropFirst().first!)).hexDigitValue
        {
            decoded.append(UInt8(high * 16 + low))
            rest = rest.dropFirst(2)
        } else {
            decoded.append(byte == UInt8(ascii: "+") ? 0x20 : byte)
        }
    }
    return String(decoding: decoded, as: UTF8.self)
}

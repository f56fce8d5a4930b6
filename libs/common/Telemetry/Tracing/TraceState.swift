/// A valid `tracestate` header, at most 32 members and 512 bytes.
public struct TraceState: Sendable, Hashable, CustomStringConvertible {
    private static let maximumMembers = 32
    private static let maximumBytes = 512

    public let description: String

    /// Takes the header's text (several headers joined by commas). One that is malformed is refused as a whole, as the
    /// standard allows; one that is too long loses its oversized members first and then its last ones.
    public init?(validating header: some StringProtocol) {
        guard header.utf8.count <= 8 * Self.maximumBytes else { return nil }
        var members: [Substring.UTF8View] = []
        var keys: Set<String> = []
        for part in Substring(header).utf8.split(separator: UInt8(ascii: ",")) {
            let member = trimmed(part)
            if member.isEmpty { continue }
            guard let key = memberKey(of: member), keys.insert(String(Substring(key))).inserted else { return nil }
            members.append(member)
        }
        guard !members.isEmpty, members.count <= Self.maximumMembers else { return nil }
        if Self.length(of: members) > Self.maximumBytes { members.removeAll { $0.count > 128 } }
        while Self.length(of: members) > Self.maximumBytes { members.removeLast() }
        guard !members.isEmpty else { return nil }
        description = members.map { String(Substring($0)) }.joined(separator: ",")
    }

    private static func length(of members: [Substring.UTF8View]) -> Int {
        members.reduce(members.count - 1) { $0 + $1.count }
    }
}

private func trimmed(_ text: Substring.UTF8View) -> Substring.UTF8View {
    let isSpace: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
    var rest = text.drop(while: isSpace)
    while let last = rest.last, isSpace(last) { rest.removeLast() }
    return rest
}

/// The key of `key=value`, when both are what the standard allows.
private func memberKey(of member: Substring.UTF8View) -> Substring.UTF8View? {
    guard let separator = member.firstIndex(of: UInt8(ascii: "=")) else { return nil }
    let key = member[..<separator]
    let value = member[member.index(after: separator)...]
    guard isKey(key), (1...256).contains(value.count) else { return nil }
    guard value.allSatisfy({ (0x20...0x7E).contains($0) && $0 != 0x2C && $0 != 0x3D }) else { return nil }
    return key
}

/// `vendor`, or `tenant@vendor`.
private func isKey(_ key: Substring.UTF8View) -> Bool {
    let parts = key.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
    let isLetter: (UInt8) -> Bool = { (0x61...0x7A).contains($0) }
    let isDigit: (UInt8) -> Bool = { (0x30...0x39).contains($0) }
    for part in parts {
        guard part.allSatisfy({ isLetter($0) || isDigit($0) || [0x5F, 0x2D, 0x2A, 0x2F].contains($0) }) else {
            return false
        }
    }
    switch parts.count {
    case 1:
        return (1...256).contains(parts[0].count) && parts[0].first.map(isLetter) ?? false
    case 2:
        let isTenant = (1...241).contains(parts[0].count) && parts[0].first.map { isLetter($0) || isDigit($0) } ?? false
        return isTenant && (1...14).contains(parts[1].count) && parts[1].first.map(isLetter) ?? false
    default:
        return false
    }
}

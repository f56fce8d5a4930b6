/// One byte range of a `Range` header (RFC 9110, 14): several ranges at once are not offered, and the whole is sent.
public enum ByteRange: Equatable, Sendable {
    /// No usable range: send everything.
    case whole
    case part(offset: Int, count: Int)
    case unsatisfiable

    public init(header: String?, size: Int) {
        guard let header, header.lowercased().hasPrefix("bytes=") else {
            self = .whole
            return
        }
        let spec = header.dropFirst(6)
        let parts = spec.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, !spec.contains(",") else {
            self = .whole
            return
        }
        switch (Self.number(parts[0]), Self.number(parts[1])) {
        case (let first?, let last?) where parts[1].isEmpty == false:
            self = first <= last ? Self.clamped(first, last, size) : .whole
        case (let first?, nil) where parts[1].isEmpty: self = Self.clamped(first, size - 1, size)
        case (nil, let suffix?) where parts[0].isEmpty:
            let count = min(suffix, size)
            self = count > 0 ? .part(offset: size - count, count: count) : .unsatisfiable
        default: self = .whole
        }
    }

    private static func number(_ text: Substring) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        // More digits than an Int has: beyond any file's end.
        return Int(text) ?? Int.max
    }

    private static func clamped(_ first: Int, _ last: Int, _ size: Int) -> ByteRange {
        guard first < size else { return .unsatisfiable }
        return .part(offset: first, count: min(last, size - 1) - first + 1)
    }
}

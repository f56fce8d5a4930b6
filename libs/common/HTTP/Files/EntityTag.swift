/// An entity tag (RFC 9110, 8.8.3).
public struct EntityTag: Sendable, Equatable, CustomStringConvertible {
    public let value: String
    public let isWeak: Bool

    public init(_ value: String, isWeak: Bool = false) {
        self.value = value
        self.isWeak = isWeak
    }

    public var description: String { isWeak ? "W/\"\(value)\"" : "\"\(value)\"" }

    /// Whether a list as in `If-None-Match` names this tag, by weak comparison; `*` names every tag.
    public func isNamed(in list: String) -> Bool {
        Self.tags(list).contains { $0 == nil || $0?.value.hasSameBytes(as: value) == true }
    }

    /// As `If-Match` and `If-Range` want it: weak tags never match.
    public func isStronglyNamed(in list: String) -> Bool {
        Self.tags(list).contains {
            $0 == nil || (!isWeak && $0?.isWeak == false && $0?.value.hasSameBytes(as: value) == true)
        }
    }

    /// The tags of a list; nil stands for `*`.
    private static func tags(_ list: String) -> [EntityTag?] {
        var tags: [EntityTag?] = []
        var rest = list[...]
        while true {
            rest = rest.drop { $0 == " " || $0 == "\t" || $0 == "," }
            guard let first = rest.first else { return tags }
            if first == "*" {
                tags.append(nil)
                rest = rest.dropFirst()
                continue
            }
            let isWeak = rest.hasPrefix("W/")
            if isWeak { rest = rest.dropFirst(2) }
            guard rest.first == "\"" else { return tags }
            rest = rest.dropFirst()
            guard let end = rest.firstIndex(of: "\"") else { return tags }
            tags.append(EntityTag(String(rest[..<end]), isWeak: isWeak))
            rest = rest[rest.index(after: end)...]
        }
    }
}

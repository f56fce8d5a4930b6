/// The key of an object: 1 to 1,024 bytes of UTF-8 that mean the same to every store, file system and proxy.
///
/// Stores differ on empty segments, dots and controls: some refuse them, some fold them, some make another key of them.
/// So they are refused here.
public struct ObjectKey: Sendable, Hashable, Comparable, LosslessStringConvertible {
    public static let maximumBytes = 1024

    public let description: String

    public init?(_ text: String) {
        guard !text.isEmpty, KeyText.isValid(text), !text.utf8.last!.isSlash else { return nil }
        description = text
    }

    /// The part behind the last slash.
    public var name: String {
        String(decoding: description.utf8.split(separator: UInt8(ascii: "/")).last ?? [], as: UTF8.self)
    }

    // Swift also calls keys equal that only look alike; a store compares bytes.

    public static func == (one: ObjectKey, other: ObjectKey) -> Bool {
        one.description.utf8.elementsEqual(other.description.utf8)
    }

    public func hash(into hasher: inout Hasher) {
        for byte in description.utf8 { hasher.combine(byte) }
    }

    public static func < (one: ObjectKey, other: ObjectKey) -> Bool {
        one.description.utf8.lexicographicallyPrecedes(other.description.utf8)
    }
}

/// What the keys of a group begin with: empty for all, with a slash at its end for a folder.
public struct KeyPrefix: Sendable, Hashable, LosslessStringConvertible {
    public static let all = KeyPrefix(unchecked: "")

    public let description: String

    public init?(_ text: String) {
        guard text.isEmpty || KeyText.isValid(text) else { return nil }
        description = text
    }

    private init(unchecked text: String) {
        description = text
    }

    public static func == (one: KeyPrefix, other: KeyPrefix) -> Bool {
        one.description.utf8.elementsEqual(other.description.utf8)
    }

    public func hash(into hasher: inout Hasher) {
        for byte in description.utf8 { hasher.combine(byte) }
    }

    /// The same as a folder: `a/b` becomes `a/b/`, so that `a/bc` is not in it.
    public var folder: KeyPrefix {
        description.isEmpty || description.utf8.last!.isSlash ? self : KeyPrefix(unchecked: description + "/")
    }

    public func contains(_ key: ObjectKey) -> Bool { key.description.utf8.starts(with: description.utf8) }

    public func contains(_ other: KeyPrefix) -> Bool { other.description.utf8.starts(with: description.utf8) }

    /// The key of something below, by its path from here; nil when that is no valid key.
    public func key(_ path: String) -> ObjectKey? { ObjectKey(folder.description + path) }

    /// What follows the prefix in a key.
    public func path(of key: ObjectKey) -> String? {
        guard contains(key) else { return nil }
        return String(decoding: key.description.utf8.dropFirst(description.utf8.count), as: UTF8.self)
    }
}

enum KeyText {
    /// Segments between slashes that are not empty and not dots; the last may be empty, as in a folder's prefix.
    static func isValid(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            guard bytes.count <= ObjectKey.maximumBytes else { return false }
            var start = 0
            for (index, byte) in bytes.enumerated() {
                if byte < 0x20 || byte == 0x7f || byte == UInt8(ascii: "\\") { return false }
                guard byte.isSlash else { continue }
                guard isSegment(bytes[start..<index]) else { return false }
                start = index + 1
            }
            return start == bytes.count || isSegment(bytes[start...])
        }
    }

    private static func isSegment(_ segment: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        !segment.isEmpty && !(segment.count <= 2 && segment.allSatisfy { $0 == UInt8(ascii: ".") })
    }
}

extension UInt8 {
    var isSlash: Bool { self == UInt8(ascii: "/") }
}

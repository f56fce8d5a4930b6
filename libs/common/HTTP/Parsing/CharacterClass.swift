import CLinux

/// The character classes of RFC 9110 and RFC 3986.
enum CharacterClass {
    @inline(__always)
    static func isToken(_ byte: UInt8) -> Bool { clinux_character_classes(byte) & 1 != 0 }

    /// What may stand raw in a path; `%` only before two hexadecimal digits, which the target parser checks.
    @inline(__always)
    static func isPath(_ byte: UInt8) -> Bool { clinux_character_classes(byte) & 2 != 0 }

    @inline(__always)
    static func isHost(_ byte: UInt8) -> Bool { clinux_character_classes(byte) & 4 != 0 }

    /// Visible characters, spaces, tabs and bytes beyond ASCII.
    @inline(__always)
    static func isFieldValue(_ byte: UInt8) -> Bool { clinux_character_classes(byte) & 8 != 0 }

    /// Browsers leave more raw in a query than RFC 3986 allows; only what could confuse a log or a header is refused.
    @inline(__always)
    static func isQuery(_ byte: UInt8) -> Bool { clinux_character_classes(byte) & 16 != 0 }

    @inline(__always)
    static func lowercased(_ byte: UInt8) -> UInt8 {
        byte &- 0x41 < 26 ? byte | 0x20 : byte
    }

    @inline(__always)
    static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte &- 0x30
        case 0x41...0x46: byte &- 0x41 &+ 10
        case 0x61...0x66: byte &- 0x61 &+ 10
        default: nil
        }
    }

    static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10 || (byte | 0x20) &- UInt8(ascii: "a") < 26
    }
}

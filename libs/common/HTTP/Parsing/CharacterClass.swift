/// The character classes of RFC 9110 and RFC 3986, as bit sets over ASCII.
enum CharacterClass {
    struct Set {
        let low: UInt64
        let high: UInt64

        init(_ characters: String) {
            var low: UInt64 = 0
            var high: UInt64 = 0
            for byte in characters.utf8 {
                if byte < 64 { low |= 1 << UInt64(byte) } else { high |= 1 << UInt64(byte - 64) }
            }
            self.init(low: low, high: high)
        }

        init(low: UInt64, high: UInt64) {
            self.low = low
            self.high = high
        }

        @inline(__always)
        func contains(_ byte: UInt8) -> Bool {
            guard byte < 128 else { return false }
            return ((byte < 64 ? low : high) >> UInt64(byte & 63)) & 1 == 1
        }
    }

    private static let alphanumerics = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

    // The sets are written as constants because a lazily made global costs a check a byte; a test holds them to these.
    static let tokenSource = alphanumerics + "!#$%&'*+-.^_`|~"
    static let pathSource = alphanumerics + "-._~!$&'()*+,;=:@/%"
    static let hostSource = alphanumerics + "-._~!$&'()*+,;=:[]%"

    @inline(__always)
    static func isToken(_ byte: UInt8) -> Bool {
        Set(low: 0x03ff_6cfa_0000_0000, high: 0x57ff_ffff_c7ff_fffe).contains(byte)
    }

    /// What may stand raw in a path; `%` only before two hexadecimal digits, which the target parser checks.
    @inline(__always)
    static func isPath(_ byte: UInt8) -> Bool {
        Set(low: 0x2fff_fff2_0000_0000, high: 0x47ff_fffe_87ff_ffff).contains(byte)
    }

    @inline(__always)
    static func isHost(_ byte: UInt8) -> Bool {
        Set(low: 0x2fff_7ff2_0000_0000, high: 0x47ff_fffe_afff_fffe).contains(byte)
    }

    /// Browsers leave more raw in a query than RFC 3986 allows; only what could confuse a log or a header is refused.
    @inline(__always)
    static func isQuery(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7f && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "#")
            && byte != UInt8(ascii: "<") && byte != UInt8(ascii: ">")
    }

    @inline(__always)
    static func isFieldValue(_ byte: UInt8) -> Bool {
        byte >= 0x20 ? byte != 0x7f : byte == 0x09
    }

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
}

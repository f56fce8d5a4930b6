extension Output {
    /// A string in quotes. Escaped are quotes, backslashes and control characters; the rest stands as UTF-8.
    @inline(__always)
    func write(_ string: String) {
        var string = string
        string.withUTF8(writeQuoted)
    }

    private func writeQuoted(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let start = bytes.baseAddress, !bytes.isEmpty else {
            append(UInt8(ascii: "\""))
            append(UInt8(ascii: "\""))
            return
        }
        // Copied word by word up to the first word with a byte to escape; room for a word beyond the end.
        let place = reserve(bytes.count &+ 2 &+ 8)
        place.pointee = UInt8(ascii: "\"")
        let target = UnsafeMutableRawPointer(place + 1)
        let source = UnsafeRawPointer(start)
        var done = 0
        while bytes.count &- done >= 8 {
            let word = source.loadUnaligned(fromByteOffset: done, as: UInt64.self)
            guard !EscapedBytes.areInWord(word) else { break }
            target.storeBytes(of: word, toByteOffset: done, as: UInt64.self)
            done &+= 8
        }
        while done < bytes.count, !EscapedBytes.contains(start[done]) {
            place[done &+ 1] = start[done]
            done &+= 1
        }
        advance(by: done &+ 1)
        if done < bytes.count { writeEscaped(UnsafeBufferPointer(rebasing: bytes[done...])) }
        append(UInt8(ascii: "\""))
    }

    @inline(never)
    private func writeEscaped(_ bytes: UnsafeBufferPointer<UInt8>) {
        for byte in bytes {
            guard EscapedBytes.contains(byte) else {
                append(byte)
                continue
            }
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): writeEscape(byte)
            case 0x08: writeEscape(UInt8(ascii: "b"))
            case 0x09: writeEscape(UInt8(ascii: "t"))
            case 0x0A: writeEscape(UInt8(ascii: "n"))
            case 0x0C: writeEscape(UInt8(ascii: "f"))
            case 0x0D: writeEscape(UInt8(ascii: "r"))
            default:
                writeEscape(UInt8(ascii: "u"))
                write(ascii: byte < 0x10 ? "000" : "00")
                write(ascii: String(byte, radix: 16))
            }
        }
    }

    private func writeEscape(_ letter: UInt8) {
        append(UInt8(ascii: "\\"))
        append(letter)
    }
}

/// The bytes that a JSON string must not hold unescaped.
private enum EscapedBytes {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highBits: UInt64 = 0x8080_8080_8080_8080

    @inline(__always)
    static func contains(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    /// Bytes beyond ASCII are masked out first, since subtraction would take some of them for small ones.
    @inline(__always)
    static func areInWord(_ word: UInt64) -> Bool {
        let quote = (word ^ (ones &* UInt64(UInt8(ascii: "\"")))) &- ones
        let backslash = (word ^ (ones &* UInt64(UInt8(ascii: "\\")))) &- ones
        let control = word &- (ones &* 0x20)
        return (quote | backslash | control) & ~word & highBits != 0
    }
}

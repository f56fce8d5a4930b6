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
        // Room for a word beyond the end.
        let place = reserve(bytes.count &+ 2 &+ 8)
        place.pointee = UInt8(ascii: "\"")
        let done = EscapedBytes.copyPlain(bytes.count, from: start, to: place + 1)
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

    /// Bytes beyond ASCII are masked out, since subtraction would take some of them for small ones.
    @inline(__always)
    private static func areInWord(_ word: UInt64) -> Bool {
        let quote = (word ^ (ones &* UInt64(UInt8(ascii: "\"")))) &- ones
        let backslash = (word ^ (ones &* UInt64(UInt8(ascii: "\\")))) &- ones
        let control = word &- (ones &* 0x20)
        return (quote | backslash | control) & ~word & highBits != 0
    }

    /// Copies bytes up to the first to be escaped and returns how many they are, word by word while there is none.
    /// What is left at the end is covered by a last word that overlaps the one before.
    @inline(__always)
    static func copyPlain(_ count: Int, from start: UnsafePointer<UInt8>, to target: UnsafeMutablePointer<UInt8>) -> Int
    {
        let source = UnsafeRawPointer(start)
        let place = UnsafeMutableRawPointer(target)
        var done = 0
        if count >= 8 {
            while done < count {
                let offset = min(done, count &- 8)
                let word = source.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                guard !areInWord(word) else { break }
                place.storeBytes(of: word, toByteOffset: offset, as: UInt64.self)
                done = offset &+ 8
            }
        } else if count >= 4 {
            let first = source.loadUnaligned(as: UInt32.self)
            let last = source.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self)
            if !areInWord(UInt64(first) | UInt64(last) &<< 32) {
                place.storeBytes(of: first, as: UInt32.self)
                place.storeBytes(of: last, toByteOffset: count &- 4, as: UInt32.self)
                return count
            }
        }
        while done < count, !contains(start[done]) {
            target[done] = start[done]
            done &+= 1
        }
        return done
    }
}

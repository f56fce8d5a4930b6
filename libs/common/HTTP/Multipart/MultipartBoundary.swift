import Glibc

/// The line that separates the parts of a multipart body, and the search for it.
struct MultipartBoundary: Sendable {
    static let longest = 70

    /// CR LF, two dashes and the boundary.
    let delimiter: [UInt8]
    /// How far the search may jump when this byte stands where the delimiter's last byte would.
    private let jumps: [UInt8]

    /// Refuses what RFC 2046, 5.1.1, does not allow.
    init(_ text: String) throws(ParseFailure) {
        guard !text.isEmpty, text.utf8.count <= Self.longest, text.utf8.last != 0x20,
            text.utf8.allSatisfy(Self.isAllowed)
        else { throw .multipart("the boundary must have 1 to \(Self.longest) letters, digits or '()+_,-./:=? ") }
        delimiter = Array("\r\n--\(text)".utf8)
        var jumps = [UInt8](repeating: UInt8(delimiter.count), count: 256)
        for (index, byte) in delimiter.dropLast().enumerated() { jumps[Int(byte)] = UInt8(delimiter.count - 1 - index) }
        self.jumps = jumps
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
        default: "'()+_,-./:=? ".utf8.contains(byte)
        }
    }

    /// Where the next delimiter begins, or what may become one with the bytes to come; the end when there is none.
    ///
    /// Horspool's search: most bytes of a file are never looked at. Only the delimiter's first byte is a CR, so that
    /// comparisons never overlap and the time is linear even for hostile data.
    func find(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        let count = delimiter.count
        let last = count - 1
        let end = bytes.count
        var position = start
        delimiter.withUnsafeBytes { delimiter in
            jumps.withUnsafeBufferPointer { jumps in
                while position &+ last < end {
                    if bytes[position] == 0x0d, isCandidate(bytes, delimiter, at: position) { return }
                    position &+= Int(jumps[Int(bytes[position &+ last])])
                }
            }
        }
        guard position &+ last >= end else { return position }
        return beginning(in: bytes, from: position)
    }

    /// A whole delimiter, unless what follows shows already that it is none.
    private func isCandidate(
        _ bytes: UnsafeRawBufferPointer, _ delimiter: UnsafeRawBufferPointer, at position: Int
    ) -> Bool {
        for index in 1..<delimiter.count where bytes[position &+ index] != delimiter[index] { return false }
        let behind = position + delimiter.count
        guard behind + 1 < bytes.count else { return true }
        switch bytes[behind] {
        case 0x0d: return bytes[behind + 1] == 0x0a
        case UInt8(ascii: "-"): return bytes[behind + 1] == UInt8(ascii: "-")
        case 0x20, 0x09: return true
        default: return false
        }
    }

    /// Where the end of the bytes is the beginning of a delimiter.
    private func beginning(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var position = start
        while position < bytes.count {
            guard let found = memchr(bytes.baseAddress! + position, 0x0d, bytes.count - position) else { break }
            position = UnsafeRawPointer(found) - bytes.baseAddress!
            if bytes[position...].elementsEqual(delimiter.prefix(bytes.count - position)) { return position }
            position += 1
        }
        return bytes.count
    }
}

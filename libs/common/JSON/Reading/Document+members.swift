#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

extension Document {
    /// The value of an object's member, or nil.
    ///
    /// Types mostly ask for members in the order in which they are written, so the search begins where the last one
    /// ended and usually compares one key.
    func member(_ name: String, of object: Int) -> Int? {
        var name = name
        return name.withUTF8 { name in
            let first = object &+ 1
            let hint = Int(tape[object].start)
            let end = Int(tape[object].link)
            guard let key = key(name, from: hint, to: end) ?? key(name, from: first, to: hint) else { return nil }
            tape[object].start = UInt32(truncatingIfNeeded: next(after: key &+ 1))
            return key &+ 1
        }
    }

    @inline(__always)
    private func key(_ name: UnsafeBufferPointer<UInt8>, from start: Int, to end: Int) -> Int? {
        var index = start
        while index < end {
            let key = tape[index]
            if key.length == name.count,
                name.isEmpty || memcmp(text + Int(key.start), name.baseAddress!, name.count) == 0
            {
                return index
            }
            index = next(after: index &+ 1)
        }
        return nil
    }

    /// Calls `body` with the name and the value of each member.
    func forEachMember(of object: Int, _ body: (String, Int) throws -> Void) rethrows {
        var index = object + 1
        let end = Int(tape[object].link)
        while index < end {
            try body(String(decoding: bytes(of: tape[index]), as: UTF8.self), index + 1)
            index = next(after: index + 1)
        }
    }
}

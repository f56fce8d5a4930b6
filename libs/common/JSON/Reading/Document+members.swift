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
    @inline(__always)
    func member(_ name: String, of object: Int) -> Int? {
        var name = name
        let hint = Int(tape[object].start)
        let key = name.withUTF8 { name in
            hint < Int(tape[object].link) && isKey(hint, name) ? hint : search(name, in: object)
        }
        guard key >= 0 else { return nil }
        tape[object].start = UInt32(truncatingIfNeeded: next(after: key &+ 1))
        return key &+ 1
    }

    /// Looks at all keys, those after the hint first; -1 if none is the one.
    @inline(never)
    private func search(_ name: UnsafeBufferPointer<UInt8>, in object: Int) -> Int {
        let hint = Int(tape[object].start)
        let found = search(name, from: hint, to: Int(tape[object].link))
        return found >= 0 ? found : search(name, from: object &+ 1, to: hint)
    }

    private func search(_ name: UnsafeBufferPointer<UInt8>, from start: Int, to end: Int) -> Int {
        var index = start
        while index < end {
            if isKey(index, name) { return index }
            index = next(after: index &+ 1)
        }
        return -1
    }

    @inline(__always)
    private func isKey(_ index: Int, _ name: UnsafeBufferPointer<UInt8>) -> Bool {
        let key = tape[index]
        guard key.length == name.count else { return false }
        return name.isEmpty || isSame(UnsafeRawPointer(text + Int(key.start)), name.baseAddress!, name.count)
    }

    /// `memcmp` for the lengths that keys have, in place of a call: two words that may overlap.
    @inline(__always)
    private func isSame(_ one: UnsafeRawPointer, _ other: UnsafeRawPointer, _ count: Int) -> Bool {
        guard 4...16 ~= count else { return memcmp(one, other, count) == 0 }
        func areSame<W: FixedWidthInteger>(_ word: W.Type) -> Bool {
            let last = count &- MemoryLayout<W>.size
            return one.loadUnaligned(as: word) == other.loadUnaligned(as: word)
                && one.loadUnaligned(fromByteOffset: last, as: word)
                    == other.loadUnaligned(fromByteOffset: last, as: word)
        }
        return count >= 8 ? areSame(UInt64.self) : areSame(UInt32.self)
    }

    /// Calls `body` with the name and the value of each member.
    @inline(__always)
    func forEachMember<E: Error>(of object: Int, _ body: (String, Int) throws(E) -> Void) throws(E) {
        var index = object + 1
        let end = Int(tape[object].link)
        while index < end {
            try body(String(decoding: bytes(of: tape[index]), as: UTF8.self), index + 1)
            index = next(after: index + 1)
        }
    }
}

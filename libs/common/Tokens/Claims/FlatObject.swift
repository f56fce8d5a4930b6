/// A JSON object of plain members, read where it lies: names and strings of ASCII without escapes, integers of up to
/// fifteen digits, true, false, null, and arrays of such strings.
///
/// That is what headers and claims nearly always are, and reading it this way allocates nothing. Whatever is beyond it,
/// be it valid JSON or not, is nil here and left to the reader of all JSON, which must find the same members in what is
/// accepted here.
struct FlatObject {
    struct Member {
        enum Kind: UInt8 {
            case text, integer, texts, other
        }

        var word: UInt64
        var nameStart: UInt16
        var nameCount: UInt16
        var start: UInt16
        var count: UInt16
        var kind: Kind
    }

    static let maximumMembers = 24

    private let bytes: UnsafePointer<UInt8>
    private let members: UnsafeMutablePointer<Member>
    private var count = 0

    /// What is read refers to the bytes and fills the room, which must hold `maximumMembers`.
    @inline(__always)
    init?(_ text: UnsafeRawBufferPointer, room: UnsafeMutablePointer<Member>) {
        guard text.count <= Int(UInt16.max), let start = text.baseAddress else { return nil }
        bytes = start.assumingMemoryBound(to: UInt8.self)
        members = room
        guard read(text.count) else { return nil }
    }

    private mutating func read(_ end: Int) -> Bool {
        var cursor = Cursor(bytes: bytes, end: end)
        guard cursor.next() == UInt8(ascii: "{") else { return false }
        if cursor.peek() == UInt8(ascii: "}") {
            cursor.place &+= 1
            return cursor.isAtEnd
        }
        while true {
            guard count < Self.maximumMembers, let name = cursor.string(), cursor.next() == UInt8(ascii: ":"),
                let (kind, value) = cursor.value()
            else { return false }
            let member = Member(
                word: word(name, end: end), nameStart: UInt16(truncatingIfNeeded: name.lowerBound),
                nameCount: UInt16(truncatingIfNeeded: name.count), start: UInt16(truncatingIfNeeded: value.lowerBound),
                count: UInt16(truncatingIfNeeded: value.count), kind: kind)
            // A name that is there twice is left to the other reader, which refuses it.
            var index = 0
            while index < count {
                if isSameName(members[index], member) { return false }
                index &+= 1
            }
            (members + count).initialize(to: member)
            count &+= 1
            switch cursor.next() {
            case UInt8(ascii: ","): continue
            case UInt8(ascii: "}"): return cursor.isAtEnd
            default: return false
            }
        }
    }

    @inline(__always)
    private func word(_ name: Range<Int>, end: Int) -> UInt64 {
        if name.lowerBound &+ 8 <= end {
            let word = UnsafeRawPointer(bytes + name.lowerBound).loadUnaligned(as: UInt64.self).littleEndian
            return name.count >= 8 ? word : word & (1 &<< (UInt64(truncatingIfNeeded: name.count) &* 8) &- 1)
        }
        var word: UInt64 = 0
        var index = min(name.count, 8)
        while index > 0 {
            index &-= 1
            word = word &<< 8 | UInt64(bytes[name.lowerBound &+ index])
        }
        return word
    }

    @inline(__always)
    private func isSameName(_ one: Member, _ other: Member) -> Bool {
        guard one.word == other.word, one.nameCount == other.nameCount else { return false }
        return one.nameCount <= 8
            || Text(start: bytes + Int(one.nameStart), count: Int(one.nameCount))
                .isEqual(to: Text(start: bytes + Int(other.nameStart), count: Int(other.nameCount)))
    }

    @inline(__always)
    private func find(_ name: MemberName) -> Member? {
        var index = 0
        while index < count {
            if members[index].word == name.word, Int(members[index].nameCount) == name.count,
                name.count <= 8 || isNamed(members[index], name)
            {
                return members[index]
            }
            index &+= 1
        }
        return nil
    }

    private func isNamed(_ member: Member, _ name: MemberName) -> Bool {
        name.text.withBytes(Text(start: bytes + Int(member.nameStart), count: Int(member.nameCount)).isEqual)
    }
}

extension FlatObject: MemberSource {
    func has(_ name: MemberName) -> Bool { find(name) != nil }

    func isText(_ name: MemberName) -> Bool { find(name)?.kind == .text }

    /// Where a string or the inside of an array is.
    @inline(__always)
    func place(_ name: MemberName) -> TextPlace? {
        find(name).map { TextPlace(start: $0.start, count: $0.count) }
    }

    @inline(__always)
    func text<Result>(_ name: MemberName, _ body: (Text) -> Result) throws(WrongMember) -> Result? {
        guard let member = find(name) else { return nil }
        guard member.kind == .text else { throw WrongMember() }
        return body(Text(start: bytes + Int(member.start), count: Int(member.count)))
    }

    @inline(__always)
    func integer(_ name: MemberName) throws(WrongMember) -> Int64? {
        guard let member = find(name) else { return nil }
        guard member.kind == .integer else { throw WrongMember() }
        let isNegative = bytes[Int(member.start)] == UInt8(ascii: "-")
        var value: Int64 = 0
        var index = isNegative ? 1 : 0
        while index < Int(member.count) {
            value = value &* 10 &+ Int64(bytes[Int(member.start) &+ index] &- UInt8(ascii: "0"))
            index &+= 1
        }
        return isNegative ? -value : value
    }

    @inline(__always)
    func texts(_ name: MemberName, _ body: (Text) -> Bool) throws(WrongMember) -> Bool? {
        guard let member = find(name) else { return nil }
        guard member.kind == .texts else { throw WrongMember() }
        return Self.forEachText(in: bytes, TextPlace(start: member.start, count: member.count), body)
    }

    /// The strings between the brackets of an array that was read here.
    @inline(__always)
    static func forEachText(in bytes: UnsafePointer<UInt8>, _ place: TextPlace, _ body: (Text) -> Bool) -> Bool {
        var cursor = Cursor(bytes: bytes, end: Int(place.start) + Int(place.count), place: Int(place.start))
        while let range = cursor.string() {
            guard body(Text(start: bytes + range.lowerBound, count: range.count)) else { return false }
            _ = cursor.next()
        }
        return true
    }
}

/// Where in a payload the text of a claim is.
struct TextPlace: Sendable {
    let start: UInt16
    let count: UInt16
}

private struct Cursor {
    let bytes: UnsafePointer<UInt8>
    let end: Int
    var place = 0

    /// The byte after blanks; zero, which JSON has nowhere, at the end.
    @inline(__always)
    mutating func peek() -> UInt8 {
        while place < end {
            let byte = bytes[place]
            guard byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 else { return byte }
            place &+= 1
        }
        return 0
    }

    @inline(__always)
    mutating func next() -> UInt8 {
        let byte = peek()
        place &+= 1
        return byte
    }

    var isAtEnd: Bool {
        mutating get { peek() == 0 && place >= end }
    }

    /// What is between the quotes.
    @inline(__always)
    mutating func string() -> Range<Int>? {
        guard next() == UInt8(ascii: "\"") else { return nil }
        let start = place
        while place &+ 8 <= end {
            let special = Self.specialBytes(UnsafeRawPointer(bytes + place).loadUnaligned(as: UInt64.self).littleEndian)
            guard special == 0 else {
                place &+= special.trailingZeroBitCount &>> 3 &+ 1
                return bytes[place &- 1] == UInt8(ascii: "\"") ? Range(uncheckedBounds: (start, place &- 1)) : nil
            }
            place &+= 8
        }
        while place < end {
            let byte = bytes[place]
            place &+= 1
            if byte == UInt8(ascii: "\"") { return Range(uncheckedBounds: (start, place &- 1)) }
            guard byte >= 0x20, byte < 0x80, byte != UInt8(ascii: "\\") else { return nil }
        }
        return nil
    }

    /// The high bit of each byte that ends a plain run of text: quotes, backslashes, controls, and what is not ASCII.
    /// Above the first one there may be bits too many.
    @inline(__always)
    private static func specialBytes(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quotes = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
        let slashes = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
        let found =
            (word &- ones &* 0x20) & ~word | (quotes &- ones) & ~quotes | (slashes &- ones) & ~slashes | word
        return found & (ones &* 0x80)
    }

    @inline(__always)
    mutating func value() -> (FlatObject.Member.Kind, Range<Int>)? {
        switch peek() {
        case UInt8(ascii: "\""): string().map { (.text, $0) }
        case UInt8(ascii: "["): strings().map { (.texts, $0) }
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): integer().map { (.integer, $0) }
        case UInt8(ascii: "t"): literal("true").map { (.other, $0) }
        case UInt8(ascii: "f"): literal("false").map { (.other, $0) }
        case UInt8(ascii: "n"): literal("null").map { (.other, $0) }
        default: nil
        }
    }

    /// A fraction or an exponent makes what follows no comma and no brace, and so the whole no flat object.
    private mutating func integer() -> Range<Int>? {
        let start = place
        if bytes[place] == UInt8(ascii: "-") { place &+= 1 }
        let digits = place
        while place < end, bytes[place] &- UInt8(ascii: "0") < 10 { place &+= 1 }
        guard (1...15).contains(place &- digits), place &- digits == 1 || bytes[digits] != UInt8(ascii: "0") else {
            return nil
        }
        return start..<place
    }

    private mutating func strings() -> Range<Int>? {
        place &+= 1
        let start = place
        if peek() == UInt8(ascii: "]") {
            place &+= 1
            return start..<start
        }
        while true {
            guard string() != nil else { return nil }
            switch next() {
            case UInt8(ascii: ","): continue
            case UInt8(ascii: "]"): return start..<place &- 1
            default: return nil
            }
        }
    }

    private mutating func literal(_ word: StaticString) -> Range<Int>? {
        let start = place
        guard end &- place >= word.utf8CodeUnitCount else { return nil }
        for index in 0..<word.utf8CodeUnitCount where bytes[place &+ index] != word.utf8Start[index] { return nil }
        place &+= word.utf8CodeUnitCount
        return start..<place
    }
}

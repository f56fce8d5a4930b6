/// Reads the XML that object stores answer: elements and text, strictly, within limits.
///
/// There is no document type, so there are no entities but the five of XML itself and numeric ones. Attributes are
/// checked and dropped, comments skipped.
struct XMLParser {
    struct Limits {
        var bytes = 8 << 20
        var depth = 16
        var elements = 100_000
    }

    struct Malformed: Error, Equatable {
        let reason: String
    }

    private let bytes: [UInt8]
    private let limits: Limits
    private var index = 0
    private var elements = 0

    static func parse(_ bytes: [UInt8], _ limits: Limits = Limits()) throws(Malformed) -> XMLElement {
        guard bytes.count <= limits.bytes else { throw Malformed(reason: "the document is too long") }
        guard String(validating: bytes, as: UTF8.self) != nil else { throw Malformed(reason: "it is not UTF-8") }
        var parser = XMLParser(bytes, limits)
        return try parser.document()
    }

    private init(_ bytes: [UInt8], _ limits: Limits) {
        self.bytes = bytes
        self.limits = limits
    }

    private mutating func document() throws(Malformed) -> XMLElement {
        if starts(with: "\u{feff}") { index += 3 }
        if starts(with: "<?xml") { try skip(past: "?>") }
        try skipBetween()
        let root = try element(depth: 1)
        try skipBetween()
        guard index == bytes.count else { throw Malformed(reason: "something follows the document") }
        return root
    }

    /// Blanks and comments around the root.
    private mutating func skipBetween() throws(Malformed) {
        while true {
            skipBlanks()
            guard starts(with: "<!--") else { return }
            try skip(past: "-->")
        }
    }

    private mutating func element(depth: Int) throws(Malformed) -> XMLElement {
        guard depth <= limits.depth else { throw Malformed(reason: "elements are nested too deep") }
        elements += 1
        guard elements <= limits.elements else { throw Malformed(reason: "there are too many elements") }
        guard take("<") else { throw Malformed(reason: "an element is missing") }
        let name = try name()
        var element = XMLElement(name: Self.local(name))
        if try attributesAreLast() { return element }
        var text: [UInt8] = []
        while index < bytes.count {
            if starts(with: "<!--") {
                try skip(past: "-->")
            } else if take("</") {
                guard try self.name() == name else { throw Malformed(reason: "an element is closed by another") }
                skipBlanks()
                guard take(">") else { throw Malformed(reason: "a tag does not end") }
                element.text = element.children.isEmpty ? String(decoding: text, as: UTF8.self) : ""
                return element
            } else if bytes[index] == UInt8(ascii: "<") {
                element.children.append(try self.element(depth: depth + 1))
            } else {
                try character(into: &text)
            }
        }
        throw Malformed(reason: "an element does not end")
    }

    /// After the name of a tag; true when the element ends with it.
    private mutating func attributesAreLast() throws(Malformed) -> Bool {
        while true {
            let before = index
            skipBlanks()
            if take("/>") { return true }
            if take(">") { return false }
            guard index > before else { throw Malformed(reason: "a tag does not end") }
            _ = try name()
            skipBlanks()
            guard take("=") else { throw Malformed(reason: "an attribute has no value") }
            skipBlanks()
            guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") || bytes[index] == UInt8(ascii: "'") else {
                throw Malformed(reason: "an attribute's value has no quotes")
            }
            let quote = bytes[index]
            index += 1
            while index < bytes.count, bytes[index] != quote, bytes[index] != UInt8(ascii: "<") { index += 1 }
            guard index < bytes.count, bytes[index] == quote else {
                throw Malformed(reason: "an attribute's value does not end")
            }
            index += 1
        }
    }

    private mutating func name() throws(Malformed) -> ArraySlice<UInt8> {
        let start = index
        while index < bytes.count, Self.isName(bytes[index]) { index += 1 }
        guard index > start, !(0x30...0x39).contains(bytes[start]), bytes[start] != UInt8(ascii: "-"),
            bytes[start] != UInt8(ascii: ".")
        else { throw Malformed(reason: "a name is missing") }
        return bytes[start..<index]
    }

    private static func isName(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x3a, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."),
            0x80...0xff:
            true
        default: false
        }
    }

    private static func local(_ name: ArraySlice<UInt8>) -> String {
        String(decoding: name.split(separator: UInt8(ascii: ":"), maxSplits: 1).last ?? [], as: UTF8.self)
    }

    private mutating func character(into text: inout [UInt8]) throws(Malformed) {
        let byte = bytes[index]
        if byte == UInt8(ascii: "&") { return try reference(into: &text) }
        guard byte >= 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d else {
            throw Malformed(reason: "a control character")
        }
        text.append(byte)
        index += 1
    }

    private mutating func reference(into text: inout [UInt8]) throws(Malformed) {
        // The longest is `&#1114111;`.
        guard let length = bytes[index...].prefix(12).firstIndex(of: UInt8(ascii: ";")) else {
            throw Malformed(reason: "an entity does not end")
        }
        let name = String(decoding: bytes[(index + 1)..<length], as: UTF8.self)
        index = length + 1
        switch name {
        case "lt": text.append(UInt8(ascii: "<"))
        case "gt": text.append(UInt8(ascii: ">"))
        case "amp": text.append(UInt8(ascii: "&"))
        case "quot": text.append(UInt8(ascii: "\""))
        case "apos": text.append(UInt8(ascii: "'"))
        default:
            guard let scalar = Self.numeric(name) else { throw Malformed(reason: "an unknown entity") }
            text.append(contentsOf: Character(scalar).utf8)
        }
    }

    private static func numeric(_ name: String) -> Unicode.Scalar? {
        guard name.hasPrefix("#") else { return nil }
        let isHexadecimal = name.hasPrefix("#x")
        let digits = name.dropFirst(isHexadecimal ? 2 : 1)
        guard !digits.hasPrefix("+"), !digits.hasPrefix("-"),
            let value = UInt32(digits, radix: isHexadecimal ? 16 : 10),
            let scalar = Unicode.Scalar(value), value >= 0x20 || [0x09, 0x0a, 0x0d].contains(value),
            value != 0xfffe, value != 0xffff
        else { return nil }
        return scalar
    }

    private func starts(with text: String) -> Bool { bytes[index...].starts(with: text.utf8) }

    private mutating func take(_ text: String) -> Bool {
        guard starts(with: text) else { return false }
        index += text.utf8.count
        return true
    }

    private mutating func skip(past text: String) throws(Malformed) {
        while index < bytes.count {
            if take(text) { return }
            index += 1
        }
        throw Malformed(reason: "'\(text)' is missing")
    }

    private mutating func skipBlanks() {
        while index < bytes.count, [0x20, 0x09, 0x0a, 0x0d].contains(bytes[index]) { index += 1 }
    }
}

enum XMLText {
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "&": escaped += "&amp;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&apos;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}

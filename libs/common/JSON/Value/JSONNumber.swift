/// A JSON number by its literal, so that nothing of it is lost.
///
/// Two numbers are equal if they are the same decimal value: `1`, `1.0` and `10e-1` are, `-0` and `0` are, and
/// `0.1` and `0.1000000000000000055` are not although the nearest doubles agree. Literals whose exponents have more
/// than fifteen digits are equal only if spelt alike.
public struct JSONNumber: Sendable {
    /// As RFC 8259 spells numbers, verbatim.
    public let literal: String

    /// For literals that the scanner has checked, or that were made here.
    init(checked literal: String) {
        self.literal = literal
    }

    /// Nil if the text is no JSON number.
    public init?(literal: String) {
        guard case .number(let number) = try? JSONValue.parse(literal), number.literal == literal else { return nil }
        self = number
    }

    public init(_ value: some FixedWidthInteger) {
        literal = value.description
    }

    /// Nil for infinities and NaN, which JSON cannot say.
    public init?(_ value: Double) {
        guard value.isFinite else { return nil }
        literal = value.description
    }

    /// The value, if the literal has neither fraction nor exponent and the type holds it.
    public func integer<I: FixedWidthInteger>(as type: I.Type = I.self) -> I? {
        var literal = literal
        return literal.withUTF8 { bytes in
            guard bytes.allSatisfy({ isDigit($0) || $0 == UInt8(ascii: "-") }) else { return nil }
            return IntegerLiteral(bytes).value(as: type)
        }
    }

    public var int: Int? { integer() }

    /// The nearest double, or nil beyond its range.
    public var double: Double? {
        var literal = literal
        let value = literal.withUTF8(DecimalLiteral.double)
        return value.isFinite ? value : nil
    }
}

extension JSONNumber: Hashable {
    public static func == (one: JSONNumber, other: JSONNumber) -> Bool {
        one.literal == other.literal || one.canonical == other.canonical
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(canonical)
    }

    /// `0.digits * 10^exponent`, with neither leading nor trailing zeros among the digits.
    private struct Canonical: Hashable {
        var isNegative = false
        var digits: [UInt8] = []
        var exponent = 0
        /// Set alone, if the exponent is beyond reason.
        var literal: String?
    }

    private var canonical: Canonical {
        var result = Canonical()
        let (number, exponent) = splitAtExponent
        guard let exponent else { return Canonical(literal: literal) }
        result.exponent = exponent
        var isFraction = false
        for byte in number {
            switch byte {
            case UInt8(ascii: "-"): result.isNegative = true
            case UInt8(ascii: "."): isFraction = true
            case UInt8(ascii: "0") where result.digits.isEmpty:
                if isFraction { result.exponent -= 1 }
            default:
                result.digits.append(byte)
                if !isFraction { result.exponent += 1 }
            }
        }
        while result.digits.last == UInt8(ascii: "0") { result.digits.removeLast() }
        return result.digits.isEmpty ? Canonical() : result
    }

    private var splitAtExponent: (Substring.UTF8View, Int?) {
        let bytes = literal.utf8
        guard let mark = bytes.firstIndex(where: { $0 | 0x20 == UInt8(ascii: "e") }) else { return (bytes[...], 0) }
        let digits = bytes[bytes.index(after: mark)...]
        return (bytes[..<mark], digits.count > 16 ? nil : Int(Substring(digits)))
    }
}

extension JSONNumber: CustomStringConvertible {
    public var description: String { literal }
}

import Foundation
import JSON
import TestKit
import Testing

@Suite("Numbers are exact or refused")
struct NumberTests {
    @Test("Integers are taken up to the ends of their type and not beyond")
    func integerRanges() throws {
        func check<I: FixedWidthInteger & Codable>(_ type: I.Type) throws {
            for value in [I.min, I.min + 1, 0, 1, I.max - 1, I.max] {
                #expect(try read("\(value)", as: type) == value)
                #expect(try read("[\(value)]", as: [I].self) == [value])
                #expect(try read("{\"a\":\(value)}", as: [String: I].self) == ["a": value])
                #expect(try written(value) == "\(value)")
                #expect(try written(["a": [value]]) == "{\"a\":[\(value)]}")
            }
            for text in ["\(I.max)0", "-\(I.max)0", "1\(I.max)", "123456789012345678901234567890"] {
                #expect(failure(reading: text, as: type)?.kind == .outOfRange)
            }
        }
        try check(Int.self)
        try check(Int8.self)
        try check(Int16.self)
        try check(Int32.self)
        try check(Int64.self)
        try check(UInt.self)
        try check(UInt8.self)
        try check(UInt16.self)
        try check(UInt32.self)
        try check(UInt64.self)
    }

    @Test("One past the end is refused, and the range is named")
    func pastTheEnd() {
        #expect(failure(reading: "128", as: Int8.self)?.message == "expected an integer from -128 to 127, found 128")
        #expect(failure(reading: "-129", as: Int8.self)?.kind == .outOfRange)
        #expect(failure(reading: "-1", as: UInt.self)?.kind == .outOfRange)
        #expect(failure(reading: "9223372036854775808", as: Int.self)?.kind == .outOfRange)
        #expect(failure(reading: "-9223372036854775809", as: Int.self)?.kind == .outOfRange)
        #expect(failure(reading: "18446744073709551616", as: UInt64.self)?.kind == .outOfRange)
    }

    @Test("An integer is spelt as one", arguments: ["1.0", "1e2", "1E0", "0.0", "-0.0", "1.5"])
    func integersAreLiteral(text: String) {
        #expect(failure(reading: text, as: Int.self)?.kind == .wrongType)
    }

    @Test("Minus zero is zero to an integer and minus zero to a double")
    func minusZero() throws {
        #expect(try read("-0", as: Int.self) == 0)
        #expect(try read("-0", as: UInt8.self) == 0)
        #expect(try read("-0", as: Double.self).sign == .minus)
        #expect(try read("-0.0", as: Double.self).sign == .minus)
        #expect(try written(-0.0) == "-0.0")
    }

    @Test(
        "Doubles are the nearest to their literal, in every corner of rounding",
        arguments: [
            "0", "0.0", "1", "0.1", "0.3", "123456789.125", "9007199254740993", "9007199254740992.5", "1e22", "1e23",
            "8.5e22", "1e-5", "5e-324", "2.4703282292062327e-324", "2.4703282292062328e-324", "2.2250738585072011e-308",
            "2.2250738585072014e-308", "1.7976931348623157e308", "1.7976931348623158e308", "0.000001", "1e-7", "1E-7",
            "7.2057594037927933e16", "72057594037927945", "72057594037927936", "30000000000000004e-17",
            "179769313486231570814527423731704356798070e267", "1448997445238699", "6.02214076e23", "1.6e-35",
            "0.500000000000000166533453693773481063544750213623046875", "3.518437208883201171875e13",
            "100000000000000016777215", "100000000000000016777216", "1e-400", "0e999999999999999999999",
        ])
    func nearest(text: String) throws {
        let value = try read(text, as: Double.self)
        #expect(value.bitPattern == Double(text)!.bitPattern)
        #expect(value.bitPattern == strtod(text, nil).bitPattern)
        #expect(try read("-" + text, as: Double.self).bitPattern == (-value).bitPattern)
    }

    @Test("Random literals are read as strtod reads them", arguments: [UInt64(1), 2, 3])
    func randomLiterals(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<10_000 {
            let significand = random.next() >> UInt64.random(in: 0..<60, using: &random)
            let text = "\(significand)e\(Int.random(in: -60...60, using: &random))"
            #expect(try read(text, as: Double.self).bitPattern == strtod(text, nil).bitPattern, "\(text)")
            let float = strtof(text, nil)
            guard float.isFinite else { continue }
            #expect(try read(text, as: Float.self).bitPattern == float.bitPattern, "\(text)")
        }
    }

    @Test("Any double is written so that it is read back, in no more digits than Swift itself needs")
    func doublesRoundTrip() throws {
        var random = SeededGenerator(seed: 4)
        let short = (0..<10_000).map { _ in
            let divisor = [1, 10, 100, 1e3, 1e6, 1e7].randomElement(using: &random)!
            return Double(Int.random(in: -10_000_000...10_000_000, using: &random)) / divisor
        }
        for value in (0..<10_000).map({ _ in random.double() }) + short {
            let text = try written(value)
            #expect(try read(text, as: Double.self).bitPattern == value.bitPattern)
            #expect(text.count <= value.description.count, "\(text) for \(value)")
            let float = Float(value)
            if float.isFinite { #expect(try read(written(float), as: Float.self).bitPattern == float.bitPattern) }
        }
    }

    @Test(
        "Numbers beyond a double are refused, not made infinite",
        arguments: ["1e400", "-1e309", "1.8e308", "1e99999999"])
    func overflow(text: String) {
        #expect(failure(reading: text, as: Double.self)?.kind == .outOfRange)
        #expect(failure(reading: "[\(text)]", as: [Double].self)?.kind == .outOfRange)
    }

    @Test("A float is refused where only a double reaches")
    func floatOverflow() throws {
        #expect(failure(reading: "1e39", as: Float.self)?.kind == .outOfRange)
        #expect(try read("3.4028235e38", as: Float.self) == .greatestFiniteMagnitude)
    }

    @Test("NaN and infinities are refused on writing", arguments: [Double.nan, .infinity, -.infinity])
    func notANumber(value: Double) {
        #expect(throws: JSONError.self) { try written(value) }
        #expect(throws: JSONError.self) { try written([1, value]) }
        #expect(throws: JSONError.self) { try written(["a": Float(value)]) }
    }
}

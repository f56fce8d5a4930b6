import Foundation
import JSON
import TestKit
import Testing

/// Random documents, and random damage to them.
private enum Documents {
    static func random(_ count: Int, seed: UInt64) -> [[UInt8]] {
        var random = SeededGenerator(seed: seed)
        return (0..<count).map { round in
            var bytes = Array(text(depth: 4, &random).utf8)
            if round % 2 == 1 { damage(&bytes, &random) }
            return bytes
        }
    }

    private static func text(depth: Int, _ random: inout SeededGenerator) -> String {
        let space = ["", "", "", " ", "\n\t"].randomElement(using: &random)!
        let kinds = depth > 0 ? 9 : 7
        switch Int.random(in: 0..<kinds, using: &random) {
        case 0: return space + ["null", "true", "false"].randomElement(using: &random)!
        case 1: return space + "\(Int64(bitPattern: random.next()) >> Int64.random(in: 0..<64, using: &random))"
        case 2: return "\(random.double())" + space
        case 3: return "\(Int.random(in: -999...999, using: &random))e\(Int.random(in: -20...20, using: &random))"
        case 4, 5: return quoted(random.string(), &random)
        case 6: return space + "[]"
        case 7:
            let elements = (0..<Int.random(in: 0...5, using: &random)).map { _ in text(depth: depth - 1, &random) }
            return "[" + elements.joined(separator: space + ",") + space + "]"
        default:
            let members = (0..<Int.random(in: 0...5, using: &random)).map { place in
                quoted("\(place)" + random.string(), &random) + space + ":" + text(depth: depth - 1, &random)
            }
            return "{" + members.joined(separator: ",") + "}" + space
        }
    }

    /// Escapes what must be, and at random what need not be.
    private static func quoted(_ string: String, _ random: inout SeededGenerator) -> String {
        string.unicodeScalars.reduce(into: "\"") { text, scalar in
            let mustEscape = scalar.value < 0x20 || scalar == "\"" || scalar == "\\"
            guard mustEscape || random.next() % 16 == 0 else { return text.unicodeScalars.append(scalar) }
            for unit in String(scalar).utf16 { text += "\\u" + String(format: "%04x", Int(unit)) }
        } + "\""
    }

    private static func damage(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
        case 1: bytes.remove(at: place)
        case 2: bytes.insert(Array(#"{}[],:"\0.-e "#.utf8).randomElement(using: &random)!, at: place)
        default: bytes.removeSubrange(place...)
        }
    }
}

@Suite("Agreement with other readers")
struct AgreementTests {
    /// Whether `JSONSerialization` read the same. Numbers of seventeen digits it takes through `Decimal`, whose way
    /// to a double may miss the nearest; how exact ours are, `NumberTests` holds against `strtod`.
    private func same(_ ours: JSONValue, _ theirs: Any) -> Bool {
        switch (ours, theirs) {
        case (.null, is NSNull): true
        case (.bool(let value), let other as NSNumber): other.boolValue == value
        case (.number(let value), let other as NSNumber):
            value.double.map { abs($0 - other.doubleValue) <= abs($0) * 1e-12 } ?? false
        case (.string(let value), let other as String): Array(value.utf8) == Array(other.utf8)
        case (.array(let values), let others as [Any]):
            values.count == others.count && zip(values, others).allSatisfy(same)
        case (.object(let object), let others as [String: Any]):
            object.count == others.count
                && object.allSatisfy { member in others[member.name].map { same(member.value, $0) } ?? false }
        default: false
        }
    }

    private func fitsDoubles(_ value: JSONValue) -> Bool {
        switch value {
        case .number(let number): number.double != nil
        case .array(let elements): elements.allSatisfy(fitsDoubles)
        case .object(let object): object.allSatisfy { fitsDoubles($0.value) }
        default: true
        }
    }

    @Test("Foundation reads the same from whatever we accept", arguments: [UInt64(11), 12, 13])
    func foundation(seed: UInt64) throws {
        for document in Documents.random(2000, seed: seed) {
            guard let value = try? JSONValue.parse(document), fitsDoubles(value) else { continue }
            let theirs = try JSONSerialization.jsonObject(with: Data(document), options: .fragmentsAllowed)
            #expect(same(value, theirs), "\(String(decoding: document, as: UTF8.self))")
            let rewritten = try JSONSerialization.jsonObject(with: Data(value.serialise()), options: .fragmentsAllowed)
            #expect(same(value, rewritten))
        }
    }

    @Test("Foundation's decoder reads what we write, and we what its encoder writes")
    func typedFoundation() throws {
        struct Record: Codable, Equatable {
            var text: String
            var number: Double
            var integer: Int64
            var list: [String: [UInt32]]
        }
        var random = SeededGenerator(seed: 21)
        for _ in 0..<3000 {
            let record = Record(
                text: random.string(), number: random.double(), integer: Int64(bitPattern: random.next()),
                list: ["a": [UInt32(truncatingIfNeeded: random.next())], "b": []])
            let ours = Data(try JSONWriter().encode(record))
            #expect(try JSONDecoder().decode(Record.self, from: ours) == record)
            #expect(try JSONReader().decode(Record.self, from: JSONEncoder().encode(record)) == record)
        }
    }

    @Test(
        "Python accepts and refuses the same documents, and reads the same values",
        .enabled(if: Python.isInstalled, "python3 is not installed"))
    func python() throws {
        let documents = Documents.random(6000, seed: 31)
        let verdicts = try Python.read(documents)
        #expect(verdicts.count == documents.count)
        for (document, verdict) in zip(documents, verdicts) {
            let value = try? JSONValue.parse(document)
            let text = String(decoding: document, as: UTF8.self)
            #expect((value != nil) == (verdict != nil), "\(text)")
            guard let value, let verdict else { continue }
            #expect(try JSONValue.parse(verdict) == value, "\(text)")
        }
    }
}

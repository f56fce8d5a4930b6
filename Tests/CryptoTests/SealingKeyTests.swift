import Testing

@testable import Crypto

@Suite("Sealing")
struct SealingKeyTests {
    struct Vector: Sendable, CustomTestStringConvertible {
        let name: String
        let key, nonce, context, text, box: String
        var testDescription: String { name }
    }

    /// Cases 13, 14 and 16 of McGrew and Viega's specification of GCM.
    static let vectors = [
        Vector(
            name: "nothing", key: String(repeating: "0", count: 64), nonce: String(repeating: "0", count: 24),
            context: "", text: "", box: "530f8afbc74536b9a963b4f1c4cb738b"),
        Vector(
            name: "a block", key: String(repeating: "0", count: 64), nonce: String(repeating: "0", count: 24),
            context: "", text: String(repeating: "0", count: 32),
            box: "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"),
        Vector(
            name: "with a context", key: "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
            nonce: "cafebabefacedbaddecaf888", context: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
            text: "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
            box: "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662" + "76fc6ece0f4e1768cddf8853bb2d551b"),
    ]

    @Test("gives the vectors of GCM", arguments: vectors)
    func known(vector: Vector) throws {
        let key = try #require(SealingKey(Hex.decode(vector.key)!))
        let (nonce, context) = (Hex.decode(vector.nonce)!, Hex.decode(vector.context)!)
        let text = Hex.decode(vector.text)!
        let box = key.seal(text, context: context, nonce: nonce)
        #expect(Hex.encode(Array(box[12...])) == vector.box)
        #expect(key.open(box, context: context) == text)
    }

    @Test("A box opens for its own purpose and key, as it was sealed", arguments: [0, 1, 15, 16, 17, 5000])
    func opens(count: Int) {
        let key = SealingKey.generate()
        let message = SecureRandom.bytes(count)
        let box = key.seal(message, for: "a")
        #expect(box.count == count + SealingKey.overhead)
        #expect(key.open(box, for: "a") == message)
        #expect(key.open(box, for: "b") == nil)
        #expect(key.open(box, for: "") == nil)
        #expect(SealingKey.generate().open(box, for: "a") == nil)
        #expect(key.derived(for: "a").open(box, for: "a") == nil)
    }

    @Test("One changed bit anywhere, or a byte less or more, and it stays shut")
    func tampered() {
        let key = SealingKey.generate()
        let box = key.seal(Array("secret".utf8), for: "a")
        for place in box.indices {
            var changed = box
            changed[place] ^= 1
            #expect(key.open(changed, for: "a") == nil)
        }
        for count in box.indices { #expect(key.open(Array(box[..<count]), for: "a") == nil) }
        #expect(key.open(box + [0], for: "a") == nil)
    }

    @Test("The same message never makes the same box")
    func nonces() {
        let key = SealingKey.generate()
        let boxes = Set((0..<100).map { _ in key.seal([1], for: "a") })
        #expect(boxes.count == 100)
    }

    @Test("Derived keys are the same every time, and differ by their use")
    func derived() {
        let key = SealingKey.generate()
        #expect(key.derived(for: "a").bytes == key.derived(for: "a").bytes)
        #expect(key.derived(for: "a").bytes != key.derived(for: "b").bytes)
        #expect(SealingKey([UInt8](repeating: 0, count: 31)) == nil)
    }
}

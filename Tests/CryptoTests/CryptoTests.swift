import Crypto
import Testing

@Suite("Hashes and encodings")
struct CryptoTests {
    @Test(
        "SHA-256 gives the digests of FIPS 180-4",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
        ])
    func hashes(text: String, digest: String) {
        #expect(Hex.encode(SHA256.hash(text)) == digest)
        var hash = SHA256()
        for byte in text.utf8 { hash.update([byte]) }
        let inPieces = hash.finish()
        #expect(Hex.encode(inPieces) == digest)
    }

    /// Cases 1, 2, 3 and 6 of RFC 4231, the last with a key longer than a block, and an empty key.
    @Test(
        "HMAC gives the codes of RFC 4231",
        arguments: [
            (
                [UInt8](repeating: 0x0b, count: 20), Array("Hi There".utf8),
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
            ),
            (
                Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
            ),
            (
                [UInt8](repeating: 0xaa, count: 20), [UInt8](repeating: 0xdd, count: 50),
                "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
            ),
            (
                [UInt8](repeating: 0xaa, count: 131),
                Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
            ),
            ([], [], "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"),
        ])
    func authenticates(key: [UInt8], message: [UInt8], code: String) {
        #expect(Hex.encode(HMAC.sha256(key: key, message)) == code)
    }

    @Test(
        "Base64 writes and reads the vectors of RFC 4648",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ])
    func base64(text: String, encoded: String) {
        #expect(Base64.encode(Array(text.utf8)) == encoded)
        #expect(Base64.decode(encoded) == Array(text.utf8))
        let bare = encoded.filter { $0 != "=" }
        #expect(Base64.encode(Array(text.utf8), .url) == bare)
        #expect(Base64.decode(bare, .url) == Array(text.utf8))
    }

    @Test(
        "Base64 takes one spelling only",
        arguments: [
            "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm8=\n", " Zm8=", "Zm8 =", "====", "=", "Z===", "_w==", "Zm9v=",
        ])
    func strictBase64(text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test(
        "The alphabet for URLs takes no padding, no plus, no slash", arguments: ["Zg==", "Zh", "+w", "/w", "Z", "Zg "])
    func strictURL(text: String) {
        #expect(Base64.decode(text, .url) == nil)
        #expect(Base64.decode("-w", .url) == [0xfb])
    }

    @Test("Hexadecimal goes both ways")
    func hex() {
        let all = (0...255).map { UInt8($0) }
        #expect(Hex.decode(Hex.encode(all)) == all)
        #expect(Hex.decode("0aFF") == [10, 255])
        #expect(Hex.decode("0") == nil)
        #expect(Hex.decode("0g") == nil)
    }

    @Test("Comparison in constant time is right")
    func compares() {
        #expect(ConstantTime.equal("", ""))
        #expect(ConstantTime.equal([1, 2], [1, 2]))
        #expect(!ConstantTime.equal([1, 2], [1, 3]))
        #expect(!ConstantTime.equal([1, 2], [1, 2, 3]))
    }

    @Test("Random bytes come at the length asked for and differ")
    func random() {
        #expect(SecureRandom.bytes(0).isEmpty)
        #expect(SecureRandom.bytes(32).count == 32)
        #expect(SecureRandom.bytes(32) != SecureRandom.bytes(32))
    }
}

@Suite("Keys for signatures")
struct SignatureKeyTests {
    @Test("What a key signs its public half verifies", arguments: [SignatureKey.Kind.ed25519, .p256, .rsa])
    func signs(kind: SignatureKey.Kind) throws {
        let key = SignatureKey.generate(kind)
        let half = key.publicHalf
        let again = try #require(SignatureKey(pem: key.privatePEM ?? ""))
        #expect(key.kind == kind && !half.isPrivate && half.privatePEM == nil)
        for length in [0, 1, 1000] {
            let message = SecureRandom.bytes(length)
            let signature = again.sign(message)
            #expect(half.verify(signature, of: message))
            #expect(!half.verify(signature, of: message + [0]))
            #expect(!half.verify(Array(signature.dropLast()), of: message))
            #expect(!half.verify([], of: message))
        }
    }

    @Test("Numbers of a signature that are zero or too great are refused, and so is any other DER")
    func ecdsa() throws {
        let zero = [UInt8](repeating: 0, count: 32), one = Array(zero.dropLast()) + [1]
        let order = try #require(Hex.decode("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"))
        for raw in [zero + one, one + zero, order + one, one + order, one, one + one + [0]] {
            #expect(ECDSASignature(raw: raw) == nil)
        }
        let least = try #require(ECDSASignature(raw: one + one))
        #expect(least.der == [0x30, 6, 2, 1, 1, 2, 1, 1])
        #expect(ECDSASignature(der: least.der) == least)
        let below = try #require(ECDSASignature(raw: Array(order.dropLast()) + [0x50] + one))
        #expect(ECDSASignature(der: below.der) == below)
        let others: [[UInt8]] = [
            [], [0x30], [0x30, 6, 2, 1, 1, 2, 1], [0x30, 7, 2, 2, 0, 1, 2, 1, 1], [0x30, 6, 2, 1, 0x81, 2, 1, 1],
            [0x30, 6, 2, 1, 1, 2, 1, 1, 0], [0x31, 6, 2, 1, 1, 2, 1, 1], [0x30, 4, 2, 0, 2, 0],
        ]
        for der in others { #expect(ECDSASignature(der: der) == nil, "\(der)") }
    }

    @Test("A point beside the curve is no key")
    func point() throws {
        let point = try #require(SignatureKey.generate(.p256).p256Coordinates)
        #expect(SignatureKey(p256X: point.x, y: point.y) != nil)
        #expect(SignatureKey(p256X: point.x, y: point.x) == nil)
        #expect(SignatureKey(p256X: [], y: point.y) == nil)
    }

    @Test("A prepared key gives the codes of RFC 4231 too, however the message is cut")
    func prepared() {
        let message = Array("what do ya want for nothing?".utf8)
        let key = HMAC.Key(Array("Jefe".utf8))
        for cut in 0...message.count {
            var code = [UInt8](repeating: 0, count: 32)
            Array(message[..<cut]).withUnsafeBytes { head in
                Array(message[cut...]).withUnsafeBytes { key.authenticate(head, $0, into: &code) }
            }
            #expect(code == HMAC.sha256(key: Array("Jefe".utf8), message))
        }
    }

    @Test("Base64 of every length goes both ways, and no wrong character is overlooked")
    func base64() {
        for length in 0...100 {
            let bytes = SecureRandom.bytes(length)
            for alphabet in [Base64.Alphabet.standard, .url] {
                let text = Base64.encode(bytes, alphabet)
                #expect(Base64.decode(text, alphabet) == bytes)
                guard !text.isEmpty else { continue }
                for wrong in ["?", ".", "\u{0}", "@", "[", "`", "{", ":", "é"] {
                    let place = text.index(text.startIndex, offsetBy: length * 7 % text.count)
                    let spoilt = text.replacingCharacters(at: place, with: wrong)
                    #expect(Base64.decode(spoilt, alphabet) == nil)
                }
            }
        }
    }
}

extension String {
    fileprivate func replacingCharacters(at place: Index, with text: String) -> String {
        self[..<place] + text + self[index(after: place)...]
    }
}

/// Which names of fields, parameters and headers stand for a secret.
///
/// A name counts by its ending, whatever its case and separators: `X-Amz-Signature`, `clientSecret`, `API_KEY`.
enum SensitiveNames {
    /// Without separators, in lowercase.
    private static let endings: [StaticString] = [
        "token", "secret", "password", "passwd", "pwd", "passphrase", "authorization", "cookie", "signature",
        "credential", "credentials", "jwt", "apikey", "privatekey", "secretkey", "accesskey", "accesskeyid",
        "signingkey", "encryptionkey", "sessionid", "otp",
    ]

    /// Only as a parameter of a query or form, where they are an OAuth answer, a signature or a way in; elsewhere they
    /// are words.
    private static let parameters: [StaticString] = [
        "code", "codeverifier", "sig", "assertion", "auth", "key", "pass", "session", "sid",
    ]

    /// The endings by their last letter, since almost any name is dismissed by its own.
    private static let endingsByLastLetter: [[StaticString]] = (0..<32).map { letter in
        endings.filter { Int($0.utf8Start[$0.utf8CodeUnitCount - 1] & 31) == letter }
    }

    static func contains(_ name: String) -> Bool {
        var name = name
        return name.withUTF8 { contains($0[...]) }
    }

    static func contains(_ name: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        guard let last = name.last else { return false }
        for ending in endingsByLastLetter[Int(last & 31)] where match(ending, atEndOf: name) != nil { return true }
        return false
    }

    static func containsParameter(_ name: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        contains(name) || parameters.contains { match($0, atEndOf: name) == name.startIndex }
    }

    /// Where the word begins when the name ends in it; separators in the name do not count.
    private static func match(_ word: StaticString, atEndOf name: Slice<UnsafeBufferPointer<UInt8>>) -> Int? {
        var position = name.endIndex
        for offset in stride(from: word.utf8CodeUnitCount - 1, through: 0, by: -1) {
            let expected = word.utf8Start[offset]
            repeat {
                guard position > name.startIndex else { return nil }
                position -= 1
            } while isSeparator(name[position])
            guard name[position] | 0x20 == expected else { return nil }
        }
        return position
    }

    private static func isSeparator(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
    }
}

import JSON

/// A member that has another type than it must have.
struct WrongMember: Error {}

/// The name of a member, with its first eight bytes in a word by which most names are told apart.
struct MemberName: Sendable {
    let text: String
    let word: UInt64
    let count: Int

    init(_ text: String) {
        self.text = text
        count = text.utf8.count
        word = text.utf8.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    static let algorithm = MemberName("alg")
    static let audience = MemberName("aud")
    static let critical = MemberName("crit")
    static let expiry = MemberName("exp")
    static let id = MemberName("jti")
    static let issuer = MemberName("iss")
    static let issuedAt = MemberName("iat")
    static let keyID = MemberName("kid")
    static let notBefore = MemberName("nbf")
    static let roles = MemberName("roles")
    static let scope = MemberName("scope")
    static let subject = MemberName("sub")
    static let type = MemberName("typ")
}

/// An object whose members are asked for by name. Nil is a member that is not there; null is one of a wrong type.
protocol MemberSource {
    typealias Text = UnsafeBufferPointer<UInt8>

    func has(_ name: MemberName) -> Bool
    func isText(_ name: MemberName) -> Bool
    /// What `body` makes of the bytes of a string.
    func text<Result>(_ name: MemberName, _ body: (Text) -> Result) throws(WrongMember) -> Result?
    /// Of an integer literal: `1.0` is none.
    func integer(_ name: MemberName) throws(WrongMember) -> Int64?
    /// Calls `body` with each string of an array of nothing else until it says false; what it said last, true for none.
    func texts(_ name: MemberName, _ body: (Text) -> Bool) throws(WrongMember) -> Bool?
}

extension MemberSource {
    func text(_ name: MemberName) throws(WrongMember) -> String? {
        try text(name) { String(decoding: $0, as: UTF8.self) }
    }

    func texts(_ name: MemberName) throws(WrongMember) -> [String]? {
        var texts: [String] = []
        let found = try self.texts(name) { text in
            texts.append(String(decoding: text, as: UTF8.self))
            return true
        }
        return found == nil ? nil : texts
    }
}

extension JSONObject: MemberSource {
    func has(_ name: MemberName) -> Bool { member(name) != nil }

    func isText(_ name: MemberName) -> Bool { member(name)?.string != nil }

    func text<Result>(_ name: MemberName, _ body: (Text) -> Result) throws(WrongMember) -> Result? {
        guard let value = member(name) else { return nil }
        guard let text = value.string else { throw WrongMember() }
        return text.withBytes(body)
    }

    func integer(_ name: MemberName) throws(WrongMember) -> Int64? {
        guard let value = member(name) else { return nil }
        guard let integer: Int64 = value.number?.integer() else { throw WrongMember() }
        return integer
    }

    func texts(_ name: MemberName, _ body: (Text) -> Bool) throws(WrongMember) -> Bool? {
        guard let value = member(name) else { return nil }
        guard let elements = value.array, elements.allSatisfy({ $0.string != nil }) else { throw WrongMember() }
        for element in elements where !(element.string!.withBytes(body)) { return false }
        return true
    }

    /// By bytes: Swift's own equality takes letters of different spelling for the same.
    private func member(_ name: MemberName) -> JSONValue? {
        first { $0.name.hasSameBytes(as: name.text) }?.value
    }
}

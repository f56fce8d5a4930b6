import JSON

/// What a verified token says.
///
/// Of the usual token it is the payload and where in it each claim is; texts are made when they are asked for.
public struct Claims: Sendable {
    /// All claims as the token has them: a JSON object.
    public let payload: [UInt8]
    /// `exp`.
    public let expiry: Timestamp
    /// `nbf`.
    public let notBefore: Timestamp?
    /// `iat`.
    public let issuedAt: Timestamp?
    private let texts: Texts

    private enum Texts: Sendable {
        case places(Places)
        case read(ReadTexts)
    }

    /// `iss`.
    public var issuer: String { text({ $0.issuer }, { $0.issuer }) ?? "" }
    /// `sub`.
    public var subject: String? { text({ $0.subject }, { $0.subject }) }
    /// `aud`, which may name several.
    public var audience: [String] {
        guard case .places(let places) = texts else { return list({ $0.audience }, { $0.audience }) }
        return places.isAudienceList
            ? list({ $0.audience }, { $0.audience }) : text({ $0.audience }, { $0.issuer }).map { [$0] } ?? []
    }
    /// `jti`.
    public var id: String? { text({ $0.id }, { $0.id }) }
    public var roles: [String] { list({ $0.roles }, { $0.roles }) }
    /// `scope` as it stands: names with a blank between two.
    public var scope: String? { text({ $0.scope }, { $0.scope }) }
    public var scopes: [String] { scope.map { $0.split(separator: " ").map(String.init) } ?? [] }

    /// All claims, those without a property too. Reads the payload anew each time.
    public var all: JSONObject {
        (try? JSONValue.parse(payload))?.object ?? JSONObject()
    }

    /// A claim by its name.
    public subscript(name: String) -> JSONValue? { all[name] }

    /// The claims as the caller's own type.
    public func decode<Payload: Decodable>(_ type: Payload.Type) throws(TokenError) -> Payload {
        do {
            return try JSONReader().decode(type, from: payload)
        } catch {
            throw .malformedClaims
        }
    }

    @inline(__always)
    private func text(_ place: (Places) -> TextPlace?, _ text: (ReadTexts) -> String?) -> String? {
        switch texts {
        case .read(let texts): text(texts)
        case .places(let places):
            place(places).map { place in
                String(decoding: payload[Int(place.start)..<Int(place.start) + Int(place.count)], as: UTF8.self)
            }
        }
    }

    @inline(__always)
    private func list(_ place: (Places) -> TextPlace?, _ texts: (ReadTexts) -> [String]) -> [String] {
        switch self.texts {
        case .read(let read): return texts(read)
        case .places(let places):
            guard let place = place(places) else { return [] }
            var texts: [String] = []
            payload.withUnsafeBufferPointer { bytes in
                _ = FlatObject.forEachText(in: bytes.baseAddress!, place) { text in
                    texts.append(String(decoding: text, as: UTF8.self))
                    return true
                }
            }
            return texts
        }
    }
}

extension Claims: Equatable {
    public static func == (one: Claims, other: Claims) -> Bool { one.payload == other.payload }
}

/// Where the claims of a flat payload are.
private struct Places: Sendable {
    var issuer, subject, audience, id, roles, scope: TextPlace?
    var isAudienceList = false
}

/// The claims of any other payload.
private final class ReadTexts: Sendable {
    let issuer, subject, id, scope: String?
    let audience, roles: [String]

    init(_ object: JSONObject) throws(WrongMember) {
        issuer = try object.text(.issuer)
        subject = try object.text(.subject)
        id = try object.text(.id)
        scope = try object.text(.scope)
        audience = try object.isText(.audience) ? [object.text(.audience) ?? ""] : object.texts(.audience) ?? []
        roles = try object.texts(.roles) ?? []
    }
}

/// The times of a token, which rules look at.
struct TokenTimes {
    let expiry: Timestamp
    let notBefore: Timestamp?
    let issuedAt: Timestamp?

    @inline(__always)
    init(_ source: some MemberSource) throws(TokenError) {
        do throws(WrongMember) {
            guard let expiry = try Self.time(source, .expiry) else { throw WrongMember() }
            self.expiry = expiry
            notBefore = try Self.time(source, .notBefore)
            issuedAt = try Self.time(source, .issuedAt)
        } catch {
            throw source.has(.expiry) ? .malformedClaims : .missingExpiry
        }
    }

    /// Whole seconds from 1970 to the year 9999.
    @inline(__always)
    private static func time(_ source: some MemberSource, _ name: MemberName) throws(WrongMember) -> Timestamp? {
        guard let seconds = try source.integer(name) else { return nil }
        guard (0...253_402_300_799).contains(seconds) else { throw WrongMember() }
        return Timestamp(seconds: seconds)
    }
}

extension Claims {
    /// The claims of a payload whose signature holds, if the rules take them.
    static func read(
        _ payload: [UInt8], check: ClaimCheck, at now: Timestamp
    ) throws(TokenError) -> Claims {
        let result: Result<Claims, TokenError>? = payload.withUnsafeBytes { bytes in
            withUnsafeTemporaryAllocation(of: FlatObject.Member.self, capacity: FlatObject.maximumMembers) { room in
                guard let object = FlatObject(bytes, room: room.baseAddress!) else { return nil }
                return Result { () throws(TokenError) in
                    try Claims(object, payload, try check.check(object, at: now))
                }
            }
        }
        if let result { return try result.get() }
        guard let object = (try? JSONValue.parse(payload))?.object else { throw .malformedClaims }
        return try Claims(object, payload, try check.check(object, at: now))
    }

    private init(_ object: FlatObject, _ payload: [UInt8], _ times: TokenTimes) throws(TokenError) {
        let places = Places(
            issuer: object.place(.issuer), subject: object.place(.subject), audience: object.place(.audience),
            id: object.place(.id), roles: object.place(.roles), scope: object.place(.scope),
            isAudienceList: !object.isText(.audience))
        self.init(payload, times, .places(places))
    }

    private init(_ object: JSONObject, _ payload: [UInt8], _ times: TokenTimes) throws(TokenError) {
        do throws(WrongMember) {
            self.init(payload, times, .read(try ReadTexts(object)))
        } catch {
            throw .malformedClaims
        }
    }

    private init(_ payload: [UInt8], _ times: TokenTimes, _ texts: Texts) {
        self.payload = payload
        self.texts = texts
        expiry = times.expiry
        notBefore = times.notBefore
        issuedAt = times.issuedAt
    }
}

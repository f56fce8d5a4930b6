/// The query of a presigned URL, taken apart strictly: every parameter once, every escape valid.
struct PresignedQuery: Sendable {
    /// What is wrong with a query that carries no valid permission.
    enum Problem: Error, Equatable {
        /// Nobody signed it.
        case unsigned
        case malformed(String)
    }

    static let maximumBytes = 8192
    static let maximumParameters = 64

    let accessKey: String
    /// `20150830/us-east-1/s3/aws4_request`
    let scope: String
    let date: SigningDate
    let lifeSeconds: Int64
    let securityToken: String?
    /// Lower case, in order, `host` among them.
    let signedHeaders: [String]
    /// 64 digits.
    let signature: String
    /// What is not part of the signature itself, decoded.
    let others: [(name: String, value: String)]
    /// Everything but the signature, as it was signed.
    let canonical: [UInt8]

    init(_ raw: String?) throws(Problem) {
        let parameters = try Self.parameters(raw ?? "")
        func value(_ name: String) -> String? { parameters.first { $0.name == name }?.value }
        guard let signature = value("X-Amz-Signature") else { throw .unsigned }
        guard value("X-Amz-Algorithm") == SignatureV4.algorithm else { throw .malformed("X-Amz-Algorithm") }
        guard Self.isSignature(signature) else { throw .malformed("X-Amz-Signature") }
        guard let credential = value("X-Amz-Credential"), let slash = credential.firstIndex(of: "/"),
            slash > credential.startIndex
        else { throw .malformed("X-Amz-Credential") }
        guard let date = value("X-Amz-Date").flatMap({ SigningDate($0) }) else { throw .malformed("X-Amz-Date") }
        guard let life = value("X-Amz-Expires").flatMap(Self.life) else { throw .malformed("X-Amz-Expires") }
        guard let names = value("X-Amz-SignedHeaders").flatMap(Self.headerNames) else {
            throw .malformed("X-Amz-SignedHeaders")
        }
        accessKey = String(credential[..<slash])
        scope = String(credential[credential.index(after: slash)...])
        self.date = date
        lifeSeconds = life
        securityToken = value("X-Amz-Security-Token")
        signedHeaders = names
        self.signature = signature
        others = parameters.filter { !Self.names.contains($0.name) }
        var canonical = CanonicalQuery()
        for (name, value) in parameters where name != "X-Amz-Signature" { canonical.append(name, value) }
        self.canonical = canonical.bytes
    }

    private static let names: Set<String> = [
        "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-Security-Token",
        "X-Amz-SignedHeaders", "X-Amz-Signature",
    ]

    private static func parameters(_ raw: String) throws(Problem) -> [(name: String, value: String)] {
        guard raw.utf8.count <= maximumBytes else { throw .malformed("the query is too long") }
        var parameters: [(name: String, value: String)] = []
        var seen: Set<[UInt8]> = []
        for part in raw.utf8.split(separator: UInt8(ascii: "&")) {
            let end = part.firstIndex(of: UInt8(ascii: "=")) ?? part.endIndex
            guard let name = AWSEncoding.decoded(part[..<end]),
                let value = AWSEncoding.decoded(part[end...].dropFirst()),
                let nameText = String(validating: name, as: UTF8.self),
                let valueText = String(validating: value, as: UTF8.self)
            else { throw .malformed("the query has an escape that is not valid") }
            // Of two values one would be signed for and the other used.
            guard seen.insert(name.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }).inserted else {
                throw .malformed("the query has a parameter twice")
            }
            parameters.append((nameText, valueText))
            guard parameters.count <= maximumParameters else { throw .malformed("the query has too many parameters") }
        }
        return parameters
    }

    private static func isSignature(_ text: String) -> Bool {
        text.utf8.count == 64 && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    /// 1 second to 7 days.
    private static func life(_ text: String) -> Int64? {
        guard (1...6).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let seconds = Int64(text), (1...ObjectLimits.protocolPresignedLife.components.seconds).contains(seconds)
        else { return nil }
        return seconds
    }

    private static func headerNames(_ text: String) -> [String]? {
        let names = text.split(separator: ";", omittingEmptySubsequences: false).map(String.init)
        guard names.contains("host"), zip(names, names.dropFirst()).allSatisfy({ $0 < $1 }),
            names.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(isNameByte) })
        else { return nil }
        return names
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x61...0x7a, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): true
        default: false
        }
    }
}

import Crypto
import JSON

/// What of a header counts. Keys and addresses of keys in it (`jwk`, `jku`, `x5c`, `x5u`) are never looked at.
struct TokenHeader {
    let algorithm: Algorithm
    let keyID: String?
    let type: String?

    init(_ bytes: [UInt8]) throws(TokenError) {
        let result: Result<TokenHeader, TokenError>? = bytes.withUnsafeBytes { bytes in
            withUnsafeTemporaryAllocation(of: FlatObject.Member.self, capacity: FlatObject.maximumMembers) { room in
                guard let object = FlatObject(bytes, room: room.baseAddress!) else { return nil }
                return Result { () throws(TokenError) in try TokenHeader(object) }
            }
        }
        if let result {
            self = try result.get()
            return
        }
        let limits = JSONReader.Limits(maximumDepth: 8)
        guard let object = (try? JSONValue.parse(bytes, limits: limits))?.object else { throw .malformedHeader }
        self = try TokenHeader(object)
    }

    private init(_ source: some MemberSource) throws(TokenError) {
        do {
            guard let name = try source.text(.algorithm) else { throw TokenError.malformedHeader }
            guard let algorithm = Algorithm(rawValue: name), algorithm.rawValue.hasSameBytes(as: name) else {
                throw TokenError.unsupportedAlgorithm
            }
            // We know no extension, and what is marked as critical must be known (RFC 7515, 4.1.11).
            guard !source.has(.critical) else { throw TokenError.unsupportedExtension }
            self.algorithm = algorithm
            keyID = try source.text(.keyID)
            type = try source.text(.type)
        } catch let error as TokenError {
            throw error
        } catch {
            throw .malformedHeader
        }
    }

    /// A header as our issuer writes it.
    static func text(algorithm: Algorithm, keyID: String, type: String) -> String {
        let header: JSONValue = [
            "alg": .string(algorithm.rawValue), "kid": .string(keyID), "typ": .string(type),
        ]
        guard let bytes = try? header.serialise() else { preconditionFailure("a header of strings is not written") }
        return Base64.encode(bytes, .url)
    }
}

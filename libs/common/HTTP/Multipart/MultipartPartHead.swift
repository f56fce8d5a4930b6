/// What the fields of a form's part say (RFC 7578, 4).
struct MultipartPartHead: Sendable {
    let name: String
    let filename: String?
    let contentType: MediaType?
    let decoding: TransferDecoding
    let headers: Headers

    init(_ headers: Headers, limits: MultipartLimits) throws(ParseFailure) {
        self.headers = headers
        let disposition = try Self.disposition(headers)
        guard let name = disposition.parameter("name") else { throw .multipart("a part has no name") }
        guard name.utf8.count <= limits.nameBytes else {
            throw .multipartTooLarge("part_name_too_long", "the name of a part may have \(limits.nameBytes) bytes")
        }
        filename = try disposition.filename()
        guard filename?.utf8.count ?? 0 <= limits.filenameBytes else {
            throw .multipartTooLarge("filename_too_long", "a file's name may have \(limits.filenameBytes) bytes")
        }
        self.name = name
        contentType = try Self.only("content-type", headers).map { (text) throws(ParseFailure) in
            guard let type = MediaType(text) else {
                throw .multipart("the Content-Type of part '\(name)' is malformed")
            }
            return type
        }
        let coding = try Self.only("content-transfer-encoding", headers)
        guard let decoding = TransferDecoding(coding) else {
            throw .multipart("the Content-Transfer-Encoding of part '\(name)' is not known")
        }
        self.decoding = decoding
    }

    private static func disposition(_ headers: Headers) throws(ParseFailure) -> ContentDisposition {
        guard let text = try only("content-disposition", headers), let disposition = ContentDisposition(text),
            disposition.type == "form-data"
        else { throw .multipart("every part needs 'Content-Disposition: form-data; name=\"…\"'") }
        return disposition
    }

    private static func only(_ name: String, _ headers: Headers) throws(ParseFailure) -> String? {
        let fields = headers.fields(named: name)
        guard fields.count <= 1 else { throw .multipart("a part has more than one \(name)") }
        guard let field = fields.first else { return nil }
        guard let text = String(validating: headers.bytes[field.value], as: UTF8.self) else {
            throw .multipart("the \(name) of a part must be UTF-8")
        }
        return text
    }
}

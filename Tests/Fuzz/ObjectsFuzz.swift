@testable import Objects

/// Any text as a location, as the query of a presigned URL and as the XML of a store: what is accepted is accepted alike
/// when it is written again, and nothing names a place outside of its own.
func fuzzS3URI(_ bytes: UnsafeRawBufferPointer) {
    let text = String(decoding: bytes, as: UTF8.self)
    checkLocation(text)
    checkKey(text)
    checkPresignedQuery(text)
    checkXML(Array(bytes))
    _ = ObjectEndpoint(text)
    if let range = S3Answer.contentRange(text) {
        precondition(!range.range.isEmpty && range.range.upperBound <= range.size)
    }
}

private func checkLocation(_ text: String) {
    if let location = ObjectLocation(text) {
        precondition(location.description.utf8.elementsEqual(text.utf8), "a location is not read as it stands")
        precondition(ObjectFolder(location.bucket).contains(location))
    }
    guard let folder = ObjectFolder(text) else { return }
    guard let again = ObjectFolder(folder.description) else {
        preconditionFailure("a folder is not read again: \(folder)")
    }
    precondition(again == folder && folder.contains(again))
    if let inner = folder.location("x") { precondition(folder.contains(inner)) }
}

private func checkKey(_ text: String) {
    guard let key = ObjectKey(text) else { return }
    let name = DiskName(key)
    var decoded: [UInt8] = []
    for part in name.folders + [name.file] {
        precondition(!part.isEmpty && part != "." && part != ".." && !part.utf8.contains(UInt8(ascii: "/")))
        precondition(part.utf8.count <= 210)
        let isBeginning = part.utf8.suffix(2).elementsEqual("%+".utf8)
        let spelt = isBeginning ? String(decoding: part.utf8.dropLast(2), as: UTF8.self) : part
        guard let bytes = DiskName.decoded(spelt) else { preconditionFailure("a name is not read again: \(part)") }
        decoded += bytes
        if !isBeginning { decoded.append(UInt8(ascii: "/")) }
    }
    precondition(decoded.dropLast().elementsEqual(key.description.utf8), "a key is not read again")
    var encoded: [UInt8] = []
    AWSEncoding.append(key.description, to: &encoded, keepingSlash: true)
    precondition(AWSEncoding.decoded(encoded).map { $0.elementsEqual(key.description.utf8) } == true)
}

private func checkPresignedQuery(_ text: String) {
    guard let query = try? PresignedQuery(text) else { return }
    precondition((1...604_800).contains(query.lifeSeconds) && query.signature.utf8.count == 64)
    precondition(query.signedHeaders.contains("host"))
    // What was signed, with its signature behind it, is the same permission.
    let again = String(decoding: query.canonical, as: UTF8.self) + "&X-Amz-Signature=" + query.signature
    guard let second = try? PresignedQuery(again) else { preconditionFailure("a query is not read again") }
    precondition(second.canonical == query.canonical && second.scope == query.scope)
    precondition(second.others.count == query.others.count)
}

private func checkXML(_ bytes: [UInt8]) {
    guard let root = try? XMLParser.parse(bytes) else { return }
    precondition(!root.name.isEmpty)
    let text = "<a>" + XMLText.escaped(root.text) + "</a>"
    guard let again = try? XMLParser.parse(Array(text.utf8)) else { preconditionFailure("a text is not read again") }
    precondition(again.text.utf8.elementsEqual(root.text.utf8))
    guard let page = try? S3Answer.page(root) else { return }
    for object in page.objects { precondition(object.size >= 0 && ObjectKey(object.key.description) == object.key) }
}

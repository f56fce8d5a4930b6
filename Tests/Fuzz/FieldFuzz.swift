@testable import HTTP

/// Any text as a media type: what was accepted is accepted alike when it is written again.
func fuzzMediaType(_ bytes: UnsafeRawBufferPointer) {
    guard let type = MediaType(String(decoding: bytes, as: UTF8.self)) else { return }
    guard let again = MediaType(type.description) else {
        preconditionFailure("a media type is not read again: \(type.description)")
    }
    precondition(again == type && again.parameters.count == type.parameters.count)
    for (one, other) in zip(type.parameters, again.parameters) {
        precondition(one.name.hasSameBytes(as: other.name) && one.value.hasSameBytes(as: other.value))
    }
    for parameter in type.parameters {
        precondition(parameter.value.utf8.allSatisfy(CharacterClass.isFieldValue))
        precondition(type.parameter(parameter.name)?.hasSameBytes(as: parameter.value) == true)
    }
    guard let text = type.parameter("boundary"), let boundary = try? MultipartBoundary(text) else { return }
    precondition(boundary.delimiter.count <= 74 && boundary.delimiter.dropFirst(2).allSatisfy { $0 >= 0x20 })
}

/// Any text as a Content-Disposition: no file name leaves its folder, and making it safe twice changes nothing more.
func fuzzContentDisposition(_ bytes: UnsafeRawBufferPointer) {
    let text = String(decoding: bytes, as: UTF8.self)
    checkFileName(text)
    guard let disposition = ContentDisposition(text) else { return }
    precondition(disposition.type == disposition.type.lowercased())
    for parameter in disposition.parameters {
        precondition(parameter.value.utf8.allSatisfy(CharacterClass.isFieldValue))
    }
    guard let name = try? disposition.filename() else { return }
    precondition(name.utf8.allSatisfy(CharacterClass.isFieldValue))
    checkFileName(name)
}

private func checkFileName(_ name: String) {
    let safe = FileName.safe(name)
    precondition((1...255).contains(safe.utf8.count) && !safe.hasPrefix(".") && !safe.hasSuffix("."))
    precondition(!safe.unicodeScalars.contains { $0.value < 0x20 || $0 == "/" || $0 == "\\" || $0 == "\u{202e}" })
    precondition(FileName.safe(safe).hasSameBytes(as: safe), "a safe name is made safe again")
}

/// Any text as a range, a list of entity tags and a date: ranges stay within the file, strong names are weak ones too,
/// a date is written as it was read.
func fuzzConditions(_ bytes: UnsafeRawBufferPointer) {
    let text = String(decoding: bytes, as: UTF8.self)
    for size in [0, 1, 10, Int.max] {
        guard case .part(let offset, let count) = ByteRange(header: text, size: size) else { continue }
        precondition(offset >= 0 && count > 0 && offset <= size - count)
        let again = ByteRange(header: "bytes=\(offset)-\(offset + (count - 1))", size: size)
        precondition(again == .part(offset: offset, count: count))
    }
    for tag in [EntityTag("a"), EntityTag("a", isWeak: true), EntityTag("K")] {
        precondition(!tag.isStronglyNamed(in: text) || tag.isNamed(in: text))
        let names = text.utf8.contains(UInt8(ascii: "*")) || text.contains(tag.value)
        precondition(names || !tag.isNamed(in: text), "a tag that is not there")
    }
    var headers = Headers()
    for name in ["if-match", "if-none-match", "if-range", "if-modified-since", "if-unmodified-since"] {
        headers = [name: text]
        let precondition = Precondition(headers, tag: EntityTag("a"), modified: 784_111_777)
        _ = (precondition.outcome(for: .get), precondition.outcome(for: .put), precondition.allowsRange)
    }
    guard let date = HTTPDate.parse(text) else { return }
    precondition(HTTPDate.format(date).hasSameBytes(as: text))
}

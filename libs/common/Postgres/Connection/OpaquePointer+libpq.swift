import CPostgres

extension OpaquePointer {
    /// What libpq says of a connection's last failure.
    var errorMessage: String { String(cString: PQerrorMessage(self)).trimmed }
}

extension String {
    /// Without the line end that libpq puts behind its messages.
    var trimmed: String {
        var text = Substring(self)
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}

extension ServerRefusal {
    init(_ result: OpaquePointer) {
        func field(_ code: Character) -> String? {
            PQresultErrorField(result, Int32(code.asciiValue!)).map { String(cString: $0) }
        }
        self.init(
            state: field("C") ?? "", message: field("M") ?? String(cString: PQresultErrorMessage(result)).trimmed,
            detail: field("D"), constraint: field("n"), table: field("t"), column: field("c"))
    }
}

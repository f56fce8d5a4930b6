/// The parameters of a query as a signature orders them: by their encoded names, then values.
struct CanonicalQuery {
    private var parameters: [(name: [UInt8], value: [UInt8])] = []

    mutating func append(_ name: String, _ value: String) {
        parameters.append((AWSEncoding.encoded(Array(name.utf8)), AWSEncoding.encoded(Array(value.utf8))))
    }

    var bytes: [UInt8] {
        let sorted = parameters.sorted {
            $0.name == $1.name
                ? $0.value.lexicographicallyPrecedes($1.value) : $0.name.lexicographicallyPrecedes($1.name)
        }
        var bytes: [UInt8] = []
        for (name, value) in sorted {
            if !bytes.isEmpty { bytes.append(UInt8(ascii: "&")) }
            bytes.append(contentsOf: name)
            bytes.append(UInt8(ascii: "="))
            bytes.append(contentsOf: value)
        }
        return bytes
    }
}

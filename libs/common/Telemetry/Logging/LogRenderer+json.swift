extension LogRenderer {
    func renderJSON(_ record: LogRecord, into bytes: inout [UInt8]) {
        bytes.append(text: "{\"time\":\"")
        record.time.write(into: &bytes)
        bytes.append(text: "\",\"level\":\"")
        bytes.append(text: record.level.name)
        bytes.append(text: "\",\"event\":")
        bytes.append(quoting: record.event)
        for field in record.fields.all {
            bytes.append(text: ",\"")
            bytes.append(escaping: field.name)
            if isReserved(field.name) { bytes.append(UInt8(ascii: "_")) }
            bytes.append(text: "\":")
            bytes.append(json: field.value)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    /// A field may not pass for one of the record's own: it gets an underscore.
    private func isReserved(_ name: String) -> Bool { name == "time" || name == "level" || name == "event" }
}

extension [UInt8] {
    fileprivate mutating func append(json value: LogValue) {
        switch value {
        case .string(let text): append(quoting: text)
        case .int(let number): append(decimal: number)
        case .double(let number): append(jsonNumber: number)
        case .bool(let flag): append(text: flag ? "true" : "false")
        case .duration(let duration): append(seconds: duration.inNanoseconds)
        case .null: append(text: "null")
        case .time, .requestID, .traceID, .spanID:
            append(UInt8(ascii: "\""))
            append(identifier: value)
            append(UInt8(ascii: "\""))
        case .list(let values):
            append(UInt8(ascii: "["))
            for (index, element) in values.enumerated() {
                if index > 0 { append(UInt8(ascii: ",")) }
                append(json: element)
            }
            append(UInt8(ascii: "]"))
        }
    }

    /// JSON has no infinity: those become strings.
    private mutating func append(jsonNumber number: Double) {
        number.isFinite ? append(text: number.description) : append(quoting: number.description)
    }

    /// Appends a number of seconds to the nanosecond, without the zeros at its end.
    private mutating func append(seconds nanoseconds: Int) {
        if nanoseconds < 0 { append(UInt8(ascii: "-")) }
        let (seconds, fraction) = nanoseconds.magnitude.quotientAndRemainder(dividingBy: 1_000_000_000)
        append(decimal: Int(seconds))
        guard fraction > 0 else { return }
        append(UInt8(ascii: "."))
        append(decimal: Int(fraction), digits: 9)
        while last == UInt8(ascii: "0") { removeLast() }
    }

    /// Appends what needs no escaping in any format: ids and times.
    mutating func append(identifier value: LogValue) {
        switch value {
        case .time(let time): time.write(into: &self)
        case .requestID(let id): id.write(into: &self)
        case .traceID(let id): id.write(into: &self)
        case .spanID(let id): id.write(into: &self)
        default: break
        }
    }
}

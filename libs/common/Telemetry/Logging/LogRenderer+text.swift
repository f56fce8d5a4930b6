extension LogRenderer {
    /// `04:26:30.477 info    job_claimed  job_id=7f3 attempt=2`
    func renderText(_ record: LogRecord, colours: Bool, into bytes: inout [UInt8]) {
        let paint = Paint(isOn: colours)
        paint.begin(.dim, &bytes)
        record.time.writeTimeOfDay(into: &bytes)
        paint.end(&bytes)
        bytes.append(UInt8(ascii: " "))
        paint.begin(Paint.Colour(record.level), &bytes)
        bytes.append(text: record.level.name)
        paint.end(&bytes)
        for _ in record.level.name.utf8.count..<8 { bytes.append(UInt8(ascii: " ")) }
        paint.begin(.bold, &bytes)
        bytes.append(escaping: record.event)
        paint.end(&bytes)
        for (index, field) in record.fields.all.enumerated() {
            bytes.append(text: index == 0 ? "  " : " ")
            paint.begin(.dim, &bytes)
            bytes.append(escaping: field.name)
            bytes.append(UInt8(ascii: "="))
            paint.end(&bytes)
            bytes.append(plain: field.value)
        }
    }
}

/// Terminal colours, or nothing.
private struct Paint {
    enum Colour: String {
        case dim = "2"
        case bold = "1"
        case green = "32"
        case yellow = "33"
        case red = "31"
        case blue = "34"

        init(_ level: LogLevel) {
            switch level {
            case .trace: self = .dim
            case .debug: self = .blue
            case .info: self = .green
            case .warning: self = .yellow
            case .error: self = .red
            }
        }
    }

    let isOn: Bool

    func begin(_ colour: Colour, _ bytes: inout [UInt8]) {
        guard isOn else { return }
        bytes.append(text: "\u{1B}[\(colour.rawValue)m")
    }

    func end(_ bytes: inout [UInt8]) {
        if isOn { bytes.append(text: "\u{1B}[0m") }
    }
}

extension [UInt8] {
    fileprivate mutating func append(plain value: LogValue) {
        switch value {
        case .string(let text):
            let isWord = !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x22 && $0 != 0x3D }
            isWord ? append(escaping: text) : append(quoting: text)
        case .int(let number): append(decimal: number)
        case .double(let number): append(text: number.description)
        case .bool(let flag): append(text: flag ? "true" : "false")
        case .duration(let duration): append(text: duration.description.filter { $0 != " " })
        case .null: append(text: "-")
        case .time, .requestID, .traceID, .spanID: append(identifier: value)
        case .list(let values):
            append(UInt8(ascii: "["))
            for (index, element) in values.enumerated() {
                if index > 0 { append(UInt8(ascii: ",")) }
                append(plain: element)
            }
            append(UInt8(ascii: "]"))
        }
    }
}

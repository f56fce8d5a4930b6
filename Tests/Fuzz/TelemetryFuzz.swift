import Telemetry

/// Any bytes: an accepted header must survive being written and read again, unless it is of a later version.
func fuzzTraceparent(_ bytes: UnsafeRawBufferPointer) {
    let state = TraceState(validating: String(decoding: bytes, as: UTF8.self))
    if let state {
        precondition(state.description.utf8.count <= 512)
        precondition(TraceState(validating: state.description) == state)
    }
    guard let context = TraceContext(traceparent: bytes, state: state) else { return }
    precondition(TraceContext(traceparent: context.traceparent, state: state) == context)
    if bytes[0] == UInt8(ascii: "0"), bytes[1] == UInt8(ascii: "0") {
        precondition(bytes[..<52].elementsEqual(context.traceparent.utf8.prefix(52)))
    }
}

/// Any text: redacting twice changes nothing more, and a record is always one line.
func fuzzLogText(_ bytes: UnsafeRawBufferPointer) {
    let text = String(decoding: bytes, as: UTF8.self)
    let redacted = Redactor().redact(text)
    precondition(Redactor().redact(redacted) == redacted)
    let record = LogRecord(
        time: UnixTime(nanoseconds: 0), level: .info, event: redacted, fields: ["text": .string(redacted)])
    for format in [LogFormat.json, .text(colours: false)] {
        var line: [UInt8] = []
        LogRenderer(format).render(record, into: &line)
        precondition(line.firstIndex(of: UInt8(ascii: "\n")) == line.count - 1)
    }
}

func fuzzRequestID(_ bytes: UnsafeRawBufferPointer) {
    guard let id = RequestID(validating: bytes) else { return }
    precondition(id.description.utf8.elementsEqual(bytes))
}

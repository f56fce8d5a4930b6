/// Renders spans as the body of OTLP's `POST /v1/traces` in its JSON form: ids in lowercase hexadecimal, 64-bit
/// integers as strings, kinds and status codes as numbers.
public struct OTLPTraces: Sendable {
    private let resource: [Span.Attribute]
    private let redactor = Redactor()

    /// The attributes that describe this process, `service.name` among them.
    public init(resource: [Span.Attribute]) { self.resource = resource }

    public func render(_ spans: some Collection<Span>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256 + 512 * spans.count)
        bytes.append(text: "{\"resourceSpans\":[{\"resource\":{")
        write(resource, into: &bytes)
        bytes.append(text: "},\"scopeSpans\":[{\"scope\":{\"name\":\"pentad\"},\"spans\":[")
        for (index, span) in spans.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            write(span, into: &bytes)
        }
        bytes.append(text: "]}]}]}")
        return bytes
    }

    private func write(_ span: Span, into bytes: inout [UInt8]) {
        bytes.append(text: "{\"traceId\":\"")
        span.context.traceID.write(into: &bytes)
        bytes.append(text: "\",\"spanId\":\"")
        span.context.spanID.write(into: &bytes)
        if let state = span.context.state {
            bytes.append(text: "\",\"traceState\":\"")
            bytes.append(escaping: state.description)
        }
        if let parent = span.parent {
            bytes.append(text: "\",\"parentSpanId\":\"")
            parent.write(into: &bytes)
        }
        bytes.append(text: "\",\"name\":")
        bytes.append(quoting: redactor.redact(span.name))
        bytes.append(text: ",\"kind\":")
        bytes.append(decimal: span.kind.rawValue)
        bytes.append(text: ",\"startTimeUnixNano\":\"")
        bytes.append(decimal: Int(span.start.nanoseconds))
        bytes.append(text: "\",\"endTimeUnixNano\":\"")
        bytes.append(decimal: Int(span.end.nanoseconds))
        bytes.append(text: "\",")
        write(span.attributes, into: &bytes)
        write(span.status, into: &bytes)
        bytes.append(text: ",\"flags\":\(span.context.isSampled ? 1 : 0)}")
    }

    private func write(_ attributes: [Span.Attribute], into bytes: inout [UInt8]) {
        bytes.append(text: "\"attributes\":[")
        for (index, attribute) in attributes.enumerated() {
            bytes.append(text: index > 0 ? ",{\"key\":" : "{\"key\":")
            bytes.append(quoting: attribute.name)
            bytes.append(text: ",\"value\":{")
            if SensitiveNames.contains(attribute.name), attribute.value.isText {
                write(.string(Redactor.mask), into: &bytes)
            } else {
                write(attribute.value, into: &bytes)
            }
            bytes.append(text: "}}")
        }
        bytes.append(UInt8(ascii: "]"))
    }

    private func write(_ value: Span.AttributeValue, into bytes: inout [UInt8]) {
        switch value {
        case .string(let text):
            bytes.append(text: "\"stringValue\":")
            bytes.append(quoting: redactor.redact(text))
        case .int(let number):
            bytes.append(text: "\"intValue\":\"\(number)\"")
        case .double(let number):
            bytes.append(text: "\"doubleValue\":\(Self.jsonDouble(number))")
        case .bool(let flag):
            bytes.append(text: flag ? "\"boolValue\":true" : "\"boolValue\":false")
        case .strings(let texts):
            bytes.append(text: "\"arrayValue\":{\"values\":[")
            for (index, text) in texts.enumerated() {
                bytes.append(text: index > 0 ? ",{" : "{")
                write(.string(text), into: &bytes)
                bytes.append(UInt8(ascii: "}"))
            }
            bytes.append(text: "]}")
        }
    }

    private func write(_ status: Span.Status, into bytes: inout [UInt8]) {
        switch status {
        case .unset: bytes.append(text: ",\"status\":{}")
        case .ok: bytes.append(text: ",\"status\":{\"code\":1}")
        case .error(let message):
            bytes.append(text: ",\"status\":{\"code\":2,\"message\":")
            bytes.append(quoting: redactor.redact(message))
            bytes.append(UInt8(ascii: "}"))
        }
    }

    /// Protobuf's JSON mapping spells what JSON has no number for.
    private static func jsonDouble(_ number: Double) -> String {
        if number.isNaN { return "\"NaN\"" }
        if number.isInfinite { return number < 0 ? "\"-Infinity\"" : "\"Infinity\"" }
        return number.description
    }
}

extension Span.AttributeValue {
    fileprivate var isText: Bool {
        switch self {
        case .string, .strings: true
        case .int, .double, .bool: false
        }
    }
}

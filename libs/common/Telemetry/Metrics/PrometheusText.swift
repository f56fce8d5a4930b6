/// Prometheus's text exposition format, version 0.0.4.
public enum PrometheusText {
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    static func render(_ families: [String: MetricFamily]) -> [UInt8] {
        var bytes: [UInt8] = []
        for (name, family) in families.sorted(by: { $0.key < $1.key }) where !family.series.isEmpty {
            bytes.append(text: "# HELP \(name) ")
            bytes.append(help: family.help)
            bytes.append(text: "\n# TYPE \(name) \(family.kind.rawValue)\n")
            for (labels, instrument) in family.series.sorted(by: { $0.key < $1.key }) {
                bytes.append(name, labels.text, instrument)
            }
        }
        return bytes
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ name: String, _ labels: String, _ instrument: MetricFamily.Instrument) {
        switch instrument {
        case .counter(let counter): append(name, labels, number: Double(counter.value))
        case .level(let level): append(name, labels, number: Double(level.value))
        case .gauge(let gauge): append(name, labels, number: gauge.value)
        case .reading(let read): append(name, labels, number: read())
        case .value(let value): append(name, labels, number: value)
        case .histogram(let histogram): append(name, labels, histogram)
        }
    }

    private mutating func append(_ name: String, _ labels: String, _ histogram: Histogram) {
        let snapshot = histogram.snapshot
        let separator = labels.isEmpty ? "" : ","
        for (index, count) in snapshot.cumulative.enumerated() {
            let isLast = index == histogram.buckets.bounds.count
            let bound = isLast ? Double.infinity : Double(histogram.buckets.bounds[index]) / histogram.buckets.scale
            let label = "\(labels)\(separator)le=\"\(prometheusNumber(bound))\""
            append("\(name)_bucket", label, number: Double(count))
        }
        append("\(name)_sum", labels, number: Double(snapshot.sum) / histogram.buckets.scale)
        append("\(name)_count", labels, number: Double(snapshot.cumulative.last ?? 0))
    }

    private mutating func append(_ name: String, _ labels: String, number: Double) {
        append(text: name)
        if !labels.isEmpty {
            append(UInt8(ascii: "{"))
            append(text: labels)
            append(UInt8(ascii: "}"))
        }
        append(UInt8(ascii: " "))
        append(text: prometheusNumber(number))
        append(UInt8(ascii: "\n"))
    }

    fileprivate mutating func append(help text: String) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): append(text: "\\\\")
            case UInt8(ascii: "\n"): append(text: "\\n")
            default: append(byte)
            }
        }
    }
}

/// Whole numbers without a fraction, and the format's own names for what is not a number.
func prometheusNumber(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    if value == value.rounded(), abs(value) < 0x1p53 { return String(Int64(value)) }
    return value.description
}

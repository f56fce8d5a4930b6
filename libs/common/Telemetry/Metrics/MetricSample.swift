/// What kind of number a metric is, as its `# TYPE` line says.
public enum MetricKind: String, Sendable {
    case counter, gauge, histogram
}

/// One value that a collector reads at the moment of a scrape.
public struct MetricSample: Sendable {
    public let name: String
    public let help: String
    public let kind: MetricKind
    public let labels: [(String, String)]
    public let value: Double

    private init(_ name: String, _ help: String, _ kind: MetricKind, _ labels: [(String, String)], _ value: Double) {
        precondition(MetricName.isValid(name), "\(name) is not a metric name")
        self.name = name
        self.help = help
        self.kind = kind
        self.labels = labels
        self.value = value
    }

    public static func counter(
        _ name: String, help: String, labels: [(String, String)] = [], _ value: Double
    ) -> MetricSample { MetricSample(name, help, .counter, labels, value) }

    public static func gauge(
        _ name: String, help: String, labels: [(String, String)] = [], _ value: Double
    ) -> MetricSample { MetricSample(name, help, .gauge, labels, value) }
}

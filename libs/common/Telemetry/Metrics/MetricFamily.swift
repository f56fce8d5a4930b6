/// All series of one metric name.
struct MetricFamily: Sendable {
    enum Instrument: Sendable {
        case counter(Counter)
        case level(Level)
        case gauge(Gauge)
        case histogram(Histogram)
        case reading(@Sendable () -> Double)
        case value(Double)
    }

    let help: String
    let kind: MetricKind
    var series: [Labels: Instrument] = [:]

    /// The labels to file a series under: the given ones, or `other` when the family is full.
    func place(_ pairs: [(String, String)], limit: Int) -> Labels {
        let labels = Labels(pairs)
        return series[labels] != nil || series.count < limit || pairs.isEmpty ? labels : .other(pairs)
    }
}

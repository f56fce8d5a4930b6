import Loop

/// The metrics of a process, shown in Prometheus's text format.
///
/// Asking twice for the same name and labels gives the same handle. Asking takes a lock, so callers keep the handle;
/// using it takes none. Names are part of the program: an invalid one, or one name for two kinds, is a programming
/// error and stops the process. Label values are data: past the limit per name they are counted together as `other`.
public final class Metrics: Sendable {
    private struct Registry {
        var families: [String: MetricFamily] = [:]
        var collectors: [@Sendable () -> [MetricSample]] = []
    }

    private let registry: Locked<Registry>
    private let seriesPerName: Int
    private let prefix: String

    public init(seriesPerName: Int = 1000) {
        registry = Locked(Registry())
        self.seriesPerName = seriesPerName
        prefix = ""
    }

    private init(_ metrics: Metrics, prefix: String) {
        registry = metrics.registry
        seriesPerName = metrics.seriesPerName
        self.prefix = metrics.prefix + prefix
    }

    /// The same metrics for a part of the program whose counts must not be taken for those of another: what is asked
    /// for here is shown with the prefix before its name.
    public func named(after prefix: String) -> Metrics { Metrics(self, prefix: prefix) }

    public func counter(_ name: String, help: String, labels: [(String, String)] = []) -> Counter {
        instrument(name, help, .counter, labels) { existing in
            if case .counter(let counter) = existing { return (counter, nil) }
            let counter = Counter()
            return (counter, .counter(counter))
        }
    }

    public func level(_ name: String, help: String, labels: [(String, String)] = []) -> Level {
        instrument(name, help, .gauge, labels) { existing in
            if case .level(let level) = existing { return (level, nil) }
            let level = Level()
            return (level, .level(level))
        }
    }

    public func gauge(_ name: String, help: String, labels: [(String, String)] = []) -> Gauge {
        instrument(name, help, .gauge, labels) { existing in
            if case .gauge(let gauge) = existing { return (gauge, nil) }
            let gauge = Gauge()
            return (gauge, .gauge(gauge))
        }
    }

    /// The buckets of a name are those it was first asked for with.
    public func histogram(
        _ name: String, help: String, labels: [(String, String)] = [], buckets: Buckets = .latency
    ) -> Histogram {
        instrument(name, help, .histogram, labels) { existing in
            if case .histogram(let histogram) = existing { return (histogram, nil) }
            let histogram = Histogram(buckets)
            return (histogram, .histogram(histogram))
        }
    }

    /// A gauge whose value is read at each scrape; registering it again replaces the reading.
    public func gauge(
        _ name: String, help: String, labels: [(String, String)] = [], reading: @escaping @Sendable () -> Double
    ) {
        instrument(name, help, .gauge, labels) { _ in ((), .reading(reading)) }
    }

    /// A counter that is kept elsewhere and read at each scrape.
    public func counter(
        _ name: String, help: String, labels: [(String, String)] = [], reading: @escaping @Sendable () -> Double
    ) {
        instrument(name, help, .counter, labels) { _ in ((), .reading(reading)) }
    }

    /// Adds samples that are read together at each scrape, of names that may come and go.
    public func collect(_ collector: @escaping @Sendable () -> [MetricSample]) {
        registry.withLock { $0.collectors.append(collector) }
    }

    /// All metrics in text format 0.0.4, sorted.
    public func render() -> [UInt8] {
        // Readings run outside the lock, since they may ask for a metric themselves.
        var (families, collectors) = registry.withLock { ($0.families, $0.collectors) }
        for sample in collectors.flatMap({ $0() }) {
            var family = families[sample.name] ?? MetricFamily(help: sample.help, kind: sample.kind)
            guard family.kind == sample.kind else { continue }
            let place = family.place(sample.labels, limit: seriesPerName)
            var value = sample.value
            if place != Labels(sample.labels), case .value(let sum) = family.series[place] { value += sum }
            family.series[place] = .value(value)
            families[sample.name] = family
        }
        return PrometheusText.render(families)
    }

    private func instrument<Handle: Sendable>(
        _ name: String, _ help: String, _ kind: MetricKind, _ labels: [(String, String)],
        _ make: (MetricFamily.Instrument?) -> (Handle, MetricFamily.Instrument?)
    ) -> Handle {
        let name = prefix + name
        precondition(MetricName.isValid(name), "\(name) is not a metric name")
        return registry.withLock { registry in
            var family = registry.families[name] ?? MetricFamily(help: help, kind: kind)
            precondition(family.kind == kind, "\(name) is a \(family.kind) already")
            let place = family.place(labels, limit: seriesPerName)
            let (handle, added) = make(family.series[place])
            if let added {
                family.series[place] = added
                registry.families[name] = family
            }
            return handle
        }
    }
}

import Glibc
import Loop
import Testing

@testable import Telemetry

@Suite("Metrics")
struct MetricsTests {
    private let metrics = Metrics()

    private func text(_ metrics: Metrics? = nil) -> String {
        String(decoding: (metrics ?? self.metrics).render(), as: UTF8.self)
    }

    @Test("The same name and labels, in any order, are the same series")
    func idempotent() {
        let first = metrics.counter("requests_total", help: "h", labels: [("method", "GET"), ("route", "/")])
        let second = metrics.counter("requests_total", help: "h", labels: [("route", "/"), ("method", "GET")])
        first.add()
        second.add(2)
        #expect(first.value == 3)
        #expect(first === second)
        metrics.counter("requests_total", help: "h", labels: [("method", "PUT"), ("route", "/")]).add(5)
        #expect(first.value == 3)
    }

    @Test("A counter never falls")
    func monotonic() {
        let counter = metrics.counter("c_total", help: "h")
        counter.add(2)
        counter.add(-5)
        counter.add(0)
        #expect(counter.value == 2)
    }

    @Test("All kinds are written sorted, with help, type and escaped labels")
    func golden() {
        metrics.counter("b_total", help: "Back\\slash\nand line", labels: [("path", "a\"b\\c\nd")]).add(7)
        metrics.counter("b_total", help: "ignored", labels: [("path", "a")]).add(1)
        metrics.level("a_level", help: "Level.").add(3)
        metrics.level("a_level", help: "Level.").subtract()
        metrics.gauge("a_gauge", help: "Gauge.").set(0.25)
        metrics.gauge("read_gauge", help: "Read.", labels: [("pool", "db")]) { 42 }
        metrics.counter("read_total", help: "Read.") { 1e21 }
        metrics.collect { [.gauge("z_sample", help: "Sample.", labels: [("k", "v")], -.infinity)] }
        let histogram = metrics.histogram(
            "h_seconds", help: "Latency.", labels: [("route", "/")],
            buckets: .durations([.milliseconds(1), .microseconds(500), .seconds(1)]))
        histogram.observe(nanoseconds: 500_000)
        histogram.observe(nanoseconds: 500_001)
        histogram.observe(.seconds(2))
        _ = metrics.histogram("h_bytes", help: "Sizes.", buckets: Buckets([10, 20]))
        #expect(
            text() == """
                # HELP a_gauge Gauge.
                # TYPE a_gauge gauge
                a_gauge 0.25
                # HELP a_level Level.
                # TYPE a_level gauge
                a_level 2
                # HELP b_total Back\\\\slash\\nand line
                # TYPE b_total counter
                b_total{path="a"} 1
                b_total{path="a\\"b\\\\c\\nd"} 7
                # HELP h_bytes Sizes.
                # TYPE h_bytes histogram
                h_bytes_bucket{le="10"} 0
                h_bytes_bucket{le="20"} 0
                h_bytes_bucket{le="+Inf"} 0
                h_bytes_sum 0
                h_bytes_count 0
                # HELP h_seconds Latency.
                # TYPE h_seconds histogram
                h_seconds_bucket{route="/",le="0.0005"} 1
                h_seconds_bucket{route="/",le="0.001"} 2
                h_seconds_bucket{route="/",le="1"} 2
                h_seconds_bucket{route="/",le="+Inf"} 3
                h_seconds_sum{route="/"} 2.001000001
                h_seconds_count{route="/"} 3
                # HELP read_gauge Read.
                # TYPE read_gauge gauge
                read_gauge{pool="db"} 42
                # HELP read_total Read.
                # TYPE read_total counter
                read_total 1e+21
                # HELP z_sample Sample.
                # TYPE z_sample gauge
                z_sample{k="v"} -Inf

                """)
    }

    @Test("Label values past the limit are counted together as other")
    func cardinality() {
        let small = Metrics(seriesPerName: 3)
        for index in 0..<10 { small.counter("c_total", help: "h", labels: [("id", "\(index)")]).add() }
        small.counter("c_total", help: "h", labels: [("id", "1")]).add()
        small.counter("other_total", help: "h", labels: [("id", "x")]).add()
        #expect(
            text(small) == """
                # HELP c_total h
                # TYPE c_total counter
                c_total{id="0"} 1
                c_total{id="1"} 2
                c_total{id="2"} 1
                c_total{id="other"} 7
                # HELP other_total h
                # TYPE other_total counter
                other_total{id="x"} 1

                """)
    }

    @Test("Samples past the limit are added up as other, at each scrape anew")
    func sampleCardinality() {
        let small = Metrics(seriesPerName: 1)
        small.collect { (1...4).map { .gauge("g", help: "h", labels: [("id", "\($0)")], Double($0)) } }
        for _ in 0..<2 { #expect(text(small).hasSuffix("g{id=\"1\"} 1\ng{id=\"other\"} 9\n")) }
    }

    @Test("A reading may itself ask for a metric")
    func reentrant() {
        metrics.gauge("g", help: "h") { [metrics] in Double(metrics.counter("c_total", help: "h").value) }
        #expect(text().contains("\ng 0\n"))
    }

    @Test(
        "Names are what Prometheus accepts",
        arguments: [
            ("http_requests_total", true, true), ("_a", true, true), ("a:b", true, false), ("__a", true, false),
            ("", false, false), ("1a", false, false), ("a-b", false, false), ("a b", false, false),
            ("ä", false, false), ("a\n", false, false),
        ])
    func names(name: String, isMetric: Bool, isLabel: Bool) {
        #expect(MetricName.isValid(name) == isMetric)
        #expect(MetricName.isValidLabel(name) == isLabel)
    }

    @Test("Eight threads adding at once lose nothing")
    func concurrency() throws {
        let counter = metrics.counter("c_total", help: "h")
        let level = metrics.level("l", help: "h")
        let gauge = metrics.gauge("g", help: "h")
        let histogram = metrics.histogram("h_seconds", help: "h")
        let finished = Monitor(0)
        for thread in 0..<8 {
            let thread = try startThread(named: "adder") {
                for _ in 0..<20_000 {
                    counter.add(2)
                    level.add(3)
                    level.subtract(2)
                    gauge.add(0.5)
                    histogram.observe(nanoseconds: UInt64(thread) * 1_000_000)
                }
                finished.change { $0 += 1 }
            }
            pthread_detach(thread)
        }
        #expect(finished.wait(timeout: .seconds(60)) { $0 == 8 ? true : nil } == true)
        #expect(counter.value == 320_000)
        #expect(level.value == 160_000)
        #expect(gauge.value == 80_000)
        #expect(histogram.count == 160_000)
        #expect(histogram.sum == 0.001 * 28 * 20_000)
    }

    @Test("Every default bucket list ascends")
    func buckets() {
        for buckets in [Buckets.latency, .jobDuration, .bytes] {
            #expect(zip(buckets.bounds, buckets.bounds.dropFirst()).allSatisfy { $0 < $1 })
        }
        #expect(Buckets([3, 1, 3]).bounds == [1, 3])
        #expect(Buckets.latency.bounds.first == 500_000 && Buckets.latency.bounds.last == 60_000_000_000)
    }

    @Test("Extreme observations are counted and not trapped on")
    func extremes() {
        let histogram = metrics.histogram("h_seconds", help: "h")
        histogram.observe(nanoseconds: .max)
        histogram.observe(.seconds(Int64.max))
        histogram.observe(-1)
        #expect(histogram.count == 3)
    }

    @Test("A part of the program may have names of its own in the same registry")
    func prefix() {
        let metrics = Metrics()
        let inner = metrics.named(after: "internal_")
        metrics.counter("requests_total", help: "h").add(2)
        inner.counter("requests_total", help: "h").add(3)
        let text = String(decoding: metrics.render(), as: UTF8.self)
        #expect(text.contains("\nrequests_total 2\n") && text.contains("\ninternal_requests_total 3\n"))
        #expect(inner.render() == metrics.render())
    }

    @Test("The figures of the process are those of this process")
    func process() throws {
        metrics.collectProcessFigures()
        let lines = text().split(separator: "\n").filter { !$0.hasPrefix("#") }
        let pairs = try lines.map { line in
            let parts = line.split(separator: " ")
            return (String(parts[0]), try #require(Double(parts[1])))
        }
        let figures = Dictionary(uniqueKeysWithValues: pairs)
        #expect(
            Set(figures.keys) == [
                "process_cpu_seconds_total", "process_resident_memory_bytes", "process_virtual_memory_bytes",
                "process_open_fds", "process_max_fds", "process_threads", "process_start_time_seconds",
            ])
        #expect(try #require(figures["process_resident_memory_bytes"]) > 1_000_000)
        #expect(try #require(figures["process_open_fds"]) >= 3)
        #expect(try #require(figures["process_max_fds"]) > #require(figures["process_open_fds"]))
        #expect(try #require(figures["process_threads"]) >= 1)
        let now = Double(UnixTime.now().nanoseconds) / 1e9
        let started = try #require(figures["process_start_time_seconds"])
        #expect(started <= now + 1 && started > now - 7 * 86_400)
    }
}

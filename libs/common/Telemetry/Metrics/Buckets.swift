/// The upper bounds of a histogram, ascending. Bounds and observations are integers in a small unit; what is shown is
/// divided by `scale`.
public struct Buckets: Sendable, Equatable {
    public let bounds: [Int]
    public let scale: Double

    /// Bounds in any order; duplicates are dropped.
    public init(_ bounds: [Int], scale: Double = 1) {
        self.bounds = Array(Set(bounds)).sorted()
        self.scale = scale
    }

    /// Bounds of durations: observed in nanoseconds, shown in seconds.
    public static func durations(_ bounds: [Duration]) -> Buckets {
        Buckets(bounds.map(\.inNanoseconds), scale: 1e9)
    }

    /// From half a millisecond to a minute, for requests.
    public static let latency = durations([
        .microseconds(500), .milliseconds(1), .microseconds(2500), .milliseconds(5), .milliseconds(10),
        .milliseconds(25), .milliseconds(50), .milliseconds(100), .milliseconds(250), .milliseconds(500),
        .seconds(1), .milliseconds(2500), .seconds(5), .seconds(10), .seconds(30), .seconds(60),
    ])

    /// From a second to a day, for jobs.
    public static let jobDuration = durations([
        .seconds(1), .seconds(5), .seconds(15), .seconds(30), .seconds(60), .seconds(120), .seconds(300),
        .seconds(900), .seconds(1800), .seconds(3600), .seconds(4 * 3600), .seconds(12 * 3600), .seconds(24 * 3600),
    ])

    /// From a kibibyte to a gibibyte, for bodies.
    public static let bytes = Buckets((5...15).map { 1 << (2 * $0) })
}

extension Duration {
    /// Saturates instead of trapping: some 292 years.
    public var inNanoseconds: Int {
        let (seconds, attoseconds) = components
        let (product, overflow) = Int(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, carry) = product.addingReportingOverflow(Int(attoseconds / 1_000_000_000))
        return overflow || carry ? (seconds < 0 ? .min : .max) : sum
    }
}

import Loop

/// Collects what a handler reports until it is time to write it: the latest progress and stage, lines up to a limit.
/// A report that was taken stays until it is known to be written, and is the next one until then. Pure.
struct ReportBuffer: Sendable {
    private let settings: JobSettings
    private var pending = JobReport()
    private var taken: JobReport?
    private var pendingBytes = 0
    private var leftOut = 0
    private var hasSaidThatItIsFull = false
    private var logBytes = 0
    private var nextReport = Deadline(nanoseconds: 0)
    private var lastProgress = -1.0

    init(_ settings: JobSettings) {
        self.settings = settings
    }

    var isEmpty: Bool { taken == nil && pending.isEmpty && leftOut == 0 }

    /// Progress never goes back within an attempt, and what is no number is left alone.
    mutating func progress(_ value: Double) {
        let value = min(max(value, 0), 1)
        guard value > lastProgress else { return }
        lastProgress = value
        pending.progress = value
    }

    mutating func stage(_ name: String) { pending.stage = Self.clean(name, settings.lineBytes) }

    mutating func log(_ line: String) {
        let line = Self.clean(line, settings.lineBytes)
        let size = line.utf8.count + 1
        guard pending.lines.count < settings.reportLines, pendingBytes + size <= settings.reportBytes,
            logBytes + size <= settings.logBytes
        else {
            // Once a line did not fit into the whole, no shorter one slips in behind it.
            if logBytes + size > settings.logBytes { logBytes = settings.logBytes }
            leftOut += hasSaidThatItIsFull ? 0 : 1
            return
        }
        pending.lines.append(line)
        pendingBytes += size
        logBytes += size
    }

    /// When the next report may be written; nil when there is nothing to write.
    var dueAt: Deadline? { isEmpty ? nil : nextReport }

    /// The next report, until `settled` the same one: whoever does not know whether it was written writes it again.
    mutating func take(now: Deadline) -> JobReport {
        nextReport = now + settings.reportInterval
        if let taken { return taken }
        var report = pending
        if leftOut > 0 {
            let isFull = logBytes >= settings.logBytes
            if !isFull || !hasSaidThatItIsFull {
                report.lines.append(isFull ? "… the log is full" : "… \(leftOut) lines left out")
            }
            hasSaidThatItIsFull = hasSaidThatItIsFull || isFull
        }
        pending = JobReport()
        pendingBytes = 0
        leftOut = 0
        taken = report
        return report
    }

    /// The report that was taken is written, or refused for good.
    mutating func settled() { taken = nil }

    /// A text that the database takes, cut at a character's end.
    private static func clean(_ text: String, _ limit: Int) -> String {
        var text = text
        if text.utf8.contains(0) { text = String(text.map { $0 == "\0" ? "\u{fffd}" : $0 }) }
        guard text.utf8.count > limit else { return text }
        var end = text.utf8.index(text.utf8.startIndex, offsetBy: limit)
        while end > text.startIndex, String.Index(end, within: text) == nil { end = text.utf8.index(before: end) }
        return text[..<end] + "…"
    }
}

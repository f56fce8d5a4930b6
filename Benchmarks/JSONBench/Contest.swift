import Foundation

/// Measures subjects at the same work in turns, so that what else the machine does falls on all alike, and keeps
/// each one's median rate.
struct Contest {
    let work: String
    private var rates: [(subject: String, perSecond: [Double])] = []

    init(work: String) {
        self.work = work
    }

    /// One round: as many operations as about 0.3 seconds of CPU time hold.
    mutating func measure(_ subject: String, _ operation: () throws -> Int) rethrows {
        guard Contest.isWanted(work) && Contest.isWanted(subject) else { return }
        var operations = 0
        var sink = 0
        let start = Contest.cpuSeconds
        var elapsed = 0.0
        repeat {
            for _ in 0..<500 { sink &+= try operation() }
            operations += 500
            elapsed = Contest.cpuSeconds - start
        } while elapsed < 0.3
        precondition(sink != 0)

        let rate = Double(operations) / elapsed
        if let place = rates.firstIndex(where: { $0.subject == subject }) {
            rates[place].perSecond.append(rate)
        } else {
            rates.append((subject, [rate]))
        }
    }

    func report() {
        for (subject, perSecond) in rates {
            let median = perSecond.sorted()[perSecond.count / 2]
            print(#"{"work":"\#(work)","subject":"\#(subject)","per_cpu_second":\#(Int(median))}"#)
        }
    }

    /// Arguments name what alone is to be measured, for a profiler: `json-bench decode ours`.
    private static func isWanted(_ name: String) -> Bool {
        let known = ["decode", "encode", "ours", "foundation"].filter(name.contains)
        let chosen = CommandLine.arguments.dropFirst()
        let rivals = known.first.map { ["decode", "encode"].contains($0) ? ["decode", "encode"] : ["ours", "foundation"] }
        return (rivals ?? []).allSatisfy { !chosen.contains($0) } || known.contains(where: chosen.contains)
    }

    private static var cpuSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

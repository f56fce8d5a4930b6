import Glibc
import Images

/// Decodes the photo that is named and halves it, in turns, and prints operations per CPU-second of each.
@Sendable
func benchImages(_ arguments: [String]) throws {
    guard let path = arguments.last else { throw CommandFailed() }
    var rates: [String: [Double]] = [:]
    var image = try Image.decode(path: path)
    for _ in 0..<5 {
        rates["decode", default: []].append(try rate { image = try Image.decode(path: path) })
        rates["halve", default: []].append(
            rate { _ = image.resized(width: image.width / 2, height: image.height / 2) })
        rates["decode and halve", default: []].append(
            try rate {
                let image = try Image.decode(path: path)
                _ = image.resized(width: image.width / 2, height: image.height / 2)
            })
    }
    for (work, rates) in rates.sorted(by: { $0.key < $1.key }) {
        print(#"{"work":"\#(work)","per_cpu_second":\#(rates.sorted()[rates.count / 2])}"#)
    }
}

private func rate(_ operation: () throws -> Void) rethrows -> Double {
    let (start, count) = (cpuSeconds(), 3)
    for _ in 0..<count { try operation() }
    return Double(count) / (cpuSeconds() - start)
}

private func cpuSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

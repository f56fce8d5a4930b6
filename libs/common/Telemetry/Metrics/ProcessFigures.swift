import CLinux
import Glibc

/// The usual figures of a process, read from `/proc`.
struct ProcessFigures {
    var residentBytes = 0.0
    var virtualBytes = 0.0
    var cpuSeconds = 0.0
    var startTime = 0.0
    var threads = 0.0
    var openDescriptors = 0.0
    var maximumDescriptors = 0.0

    static func read() -> ProcessFigures {
        var figures = ProcessFigures()
        // The command's name comes second, in parentheses, and may hold anything; from the state on all is numbers.
        let stat = fields(afterLast: ")", inFile: "/proc/self/stat")
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        if stat.count > 21 {
            figures.cpuSeconds = (stat[11] + stat[12]) / ticks
            figures.threads = stat[17]
            figures.startTime = bootTime() + stat[19] / ticks
            figures.virtualBytes = stat[20]
            figures.residentBytes = stat[21] * Double(sysconf(Int32(_SC_PAGESIZE)))
        }
        figures.openDescriptors = Double(countEntries(of: "/proc/self/fd"))
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            figures.maximumDescriptors = Double(limit.rlim_cur)
        }
        return figures
    }
}

extension Metrics {
    /// Adds memory, processor time, descriptors, threads and start time under the names that dashboards know.
    public func collectProcessFigures() {
        collect {
            let figures = ProcessFigures.read()
            return [
                .counter(
                    "process_cpu_seconds_total", help: "User and system processor time spent, in seconds.",
                    figures.cpuSeconds),
                .gauge(
                    "process_resident_memory_bytes", help: "Resident memory size in bytes.", figures.residentBytes),
                .gauge("process_virtual_memory_bytes", help: "Virtual memory size in bytes.", figures.virtualBytes),
                .gauge("process_open_fds", help: "Number of open file descriptors.", figures.openDescriptors),
                .gauge("process_max_fds", help: "Maximum number of file descriptors.", figures.maximumDescriptors),
                .gauge("process_threads", help: "Number of threads.", figures.threads),
                .gauge(
                    "process_start_time_seconds", help: "Start time of the process in seconds since 1970.",
                    figures.startTime),
            ]
        }
    }
}

private func bootTime() -> Double {
    let stat = contents(of: "/proc/stat")
    guard let line = stat.split(separator: "\n").first(where: { $0.hasPrefix("btime ") }) else { return 0 }
    return Double(line.dropFirst(6)) ?? 0
}

/// The numbers after the last occurrence of a character; what is not a number counts as 0.
private func fields(afterLast character: Character, inFile path: String) -> [Double] {
    let text = contents(of: path)
    guard let end = text.lastIndex(of: character) else { return [] }
    return text[text.index(after: end)...].split(whereSeparator: \.isWhitespace).map { Double($0) ?? 0 }
}

private func contents(of path: String) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return "" }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    while true {
        let chunk = [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
            count = max(Glibc.read(descriptor, buffer.baseAddress, buffer.count), 0)
        }
        if chunk.isEmpty { return String(decoding: bytes, as: UTF8.self) }
        bytes.append(contentsOf: chunk)
    }
}

private func countEntries(of folder: String) -> Int {
    guard let handle = opendir(folder) else { return 0 }
    defer { closedir(handle) }
    var count = 0
    while readdir(handle) != nil { count += 1 }
    // Neither `.` and `..` nor the descriptor that reads the folder itself.
    return max(count - 3, 0)
}

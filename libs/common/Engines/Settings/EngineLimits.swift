/// What one run of a program may use. A limit that is nil is not set; those of the kernel hold for each process, not for
/// all that a program starts together.
public struct EngineLimits: Sendable, Equatable {
    /// Private memory that is really allocated (`RLIMIT_DATA`): the right one for Python and for CUDA.
    public var dataBytes: Int?
    /// All addresses (`RLIMIT_AS`). CUDA and some runtimes reserve far more than they use.
    public var addressSpaceBytes: Int?
    /// Processor time of a process, in whole seconds, rounded up.
    public var cpuTime: Duration?
    public var wallTime: Duration?
    /// The largest file that may be written.
    public var fileBytes: Int?
    /// `RLIMIT_NPROC`: counts every process of the user, and does not bind root.
    public var processes: Int?
    public var openFiles: Int?
    /// Longer lines are cut and marked.
    public var lineBytes: Int
    /// A program that writes more to its standard output is ended.
    public var outputBytes: Int?
    /// How many of the last lines of standard error go into the error.
    public var tailLines: Int
    public var tailBytes: Int

    public init(
        dataBytes: Int? = nil, addressSpaceBytes: Int? = nil, cpuTime: Duration? = nil,
        wallTime: Duration? = .seconds(24 * 3600), fileBytes: Int? = 64 << 30, processes: Int? = nil,
        openFiles: Int? = 4096, lineBytes: Int = 64 << 10, outputBytes: Int? = nil, tailLines: Int = 20,
        tailBytes: Int = 8 << 10
    ) {
        self.dataBytes = dataBytes
        self.addressSpaceBytes = addressSpaceBytes
        self.cpuTime = cpuTime
        self.wallTime = wallTime
        self.fileBytes = fileBytes
        self.processes = processes
        self.openFiles = openFiles
        self.lineBytes = max(1, lineBytes)
        self.outputBytes = outputBytes
        self.tailLines = max(0, tailLines)
        self.tailBytes = max(0, tailBytes)
    }
}

/// One line of a program's output, without its end.
public struct EngineLine: Sendable, Equatable {
    public let bytes: [UInt8]
    /// The line was longer; its rest is gone.
    public let isCut: Bool
    /// The last line of an output may lack its end.
    public let isTerminated: Bool

    init(_ bytes: [UInt8], isCut: Bool = false, isTerminated: Bool = true) {
        self.bytes = bytes
        self.isCut = isCut
        self.isTerminated = isTerminated
    }

    /// As text; what is not UTF-8 shows as U+FFFD.
    public var text: String { String(decoding: bytes, as: UTF8.self) }
}

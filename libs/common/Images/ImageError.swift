/// Why a picture was not read or written.
public enum ImageError: Error, Equatable, Sendable {
    /// Neither PNG nor JPEG; what it is instead, where that can be told.
    case notAPicture(FileKind?)
    /// It ends too early.
    case truncated
    case malformed(String)
    /// A correct picture of a kind that is not decoded or encoded here.
    case unsupported(String)
    /// Beyond a limit, which the text names.
    case tooLarge(String)
    /// The caller's `shouldStop` said so.
    case stopped
    /// The file could not be opened or read; the system's error number.
    case unreadable(errno: Int32)
}

extension ImageError: CustomStringConvertible {
    /// Fit to be shown to who sent the picture.
    public var description: String {
        switch self {
        case .notAPicture(let kind?): "expected a PNG or JPEG picture, this is \(kind.phrase)"
        case .notAPicture(nil): "expected a PNG or JPEG picture, this is neither"
        case .truncated: "the picture ends too early"
        case .malformed(let reason): "the picture is damaged: \(reason)"
        case .unsupported(let reason): "the picture is of a kind that is not supported: \(reason)"
        case .tooLarge(let reason): "the picture is too large: \(reason)"
        case .stopped: "the work on the picture was stopped"
        case .unreadable: "the picture's file could not be read"
        }
    }
}

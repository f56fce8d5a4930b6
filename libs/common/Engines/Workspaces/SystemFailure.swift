import Glibc

/// A system call that failed.
struct SystemFailure: Error, Equatable {
    let operation: String
    let code: Int32

    /// Of the call just made.
    init(_ operation: String) {
        self.init(operation, code: errno)
    }

    init(_ operation: String, code: Int32) {
        self.operation = operation
        self.code = code
    }
}

import Glibc

/// What C has encoded, taken over from it.
func takenBytes(_ pointer: UnsafeMutablePointer<UInt8>?, count: Int) -> [UInt8] {
    defer { free(pointer) }
    return Array(UnsafeBufferPointer(start: pointer, count: count))
}

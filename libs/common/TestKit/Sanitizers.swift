import Glibc

public enum Sanitizers {
    /// What the address sanitizer holds of memory that was freed, so that its use is noticed: not the program's own.
    public static let heldMemory =
        getenv("PENTAD_TEST_SANITIZER").map { String(cString: $0) } == "address" ? 512 << 20 : 0
}

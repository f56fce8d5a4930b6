import Glibc

/// The Python that has the tests' packages.
public enum TestPython {
    /// Nil when the tests were started without one.
    public static let path = getenv("PENTAD_TEST_PYTHON").map { String(cString: $0) }

    public static let whyAbsent = "PENTAD_TEST_PYTHON names no Python with the tests' packages (./dev test does)"
}

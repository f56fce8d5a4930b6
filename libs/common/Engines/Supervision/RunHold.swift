/// Keeps a run going. Shared by what a caller may hold of it: the compiler lets go of a run after its last use, which may
/// be before the end of a loop over its output.
final class RunHold: Sendable {
    let supervision: Supervision

    init(_ supervision: Supervision) {
        self.supervision = supervision
    }

    deinit {
        supervision.stop(.cancelled)
    }
}

/// The text being written, in one growing buffer, with the containers that are open in it.
///
/// Codable never says that a container is finished; a value's containers are when its `encode(to:)` returns. So each
/// value being encoded has a level here: containers write at their own level, and the level closes them.
///
/// A nested container or super encoder may be written to after its parent's next member, so it gets an output of its
/// own, which is put in its place when the parent's level ends.
final class Output {
    /// Encoding recurses, so there must be an end to it.
    static let maximumDepth = 512

    /// What a level has become so far.
    enum Level: UInt8 {
        /// Nothing has been written.
        case open
        case scalar
        case emptyObject, object
        case emptyArray, array
    }

    private(set) var base: UnsafeMutablePointer<UInt8>
    private(set) var count = 0
    private var capacity: Int

    private var levels: UnsafeMutablePointer<Level>
    private(set) var depth = 0
    /// The depth of this output's outermost level in the whole document.
    let outerDepth: Int
    /// Of a nested output, where it belongs.
    let parent: Output?
    private(set) var children: [Child] = []

    /// The first thing that went wrong. It stands even if a type's `encode(to:)` swallows it or, misusing a container,
    /// was given no way to throw: the text is spoilt.
    private(set) var fault: JSONError?
    let userInfo: [CodingUserInfoKey: any Sendable]
    /// Kept by the outermost output alone: nested ones are rare.
    let containers = Containers()

    struct Child {
        let output: Output
        let position: Int
        let depth: Int
    }

    init(userInfo: [CodingUserInfoKey: any Sendable] = [:], parent: Output? = nil) {
        capacity = parent == nil ? 1024 : 128
        base = .allocate(capacity: capacity)
        levels = .allocate(capacity: Output.maximumDepth + 1)
        levels[0] = .open
        outerDepth = parent.map { $0.outerDepth + $0.depth + 1 } ?? 0
        self.parent = parent
        self.userInfo = userInfo
    }

    deinit {
        base.deallocate()
        levels.deallocate()
    }

    var bytes: UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: base, count: count)
    }

    // MARK: Bytes

    /// Makes room for `extra` bytes and returns where they go; `advance` says how many were written.
    @inline(__always)
    func reserve(_ extra: Int) -> UnsafeMutablePointer<UInt8> {
        if capacity &- count < extra { grow(by: extra) }
        return base + count
    }

    @inline(__always)
    func advance(by written: Int) {
        count &+= written
    }

    @inline(__always)
    func append(_ byte: UInt8) {
        reserve(1).pointee = byte
        count &+= 1
    }

    @inline(never)
    private func grow(by extra: Int) {
        capacity = max(capacity * 2, count + extra)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        larger.moveInitialize(from: base, count: count)
        base.deallocate()
        base = larger
    }

    // MARK: Levels

    /// Encodes a value at a level of its own, and closes what it opened.
    @inline(__always)
    func nest(_ encode: (ValueEncoder) throws -> Void) throws {
        guard outerDepth &+ depth < Output.maximumDepth else { throw fail(.tooDeep, Output.tooDeep) }
        depth &+= 1
        levels[depth] = .open
        try encode(ValueEncoder(output: self, depth: depth))
        try closeLevel()
        depth &-= 1
    }

    /// Ends the current level: closes its container, puts nested outputs in their places.
    @inline(__always)
    func closeLevel() throws(JSONError) {
        switch levels[depth] {
        case .scalar: break
        case .open: writeEmptyObject()
        case .emptyObject, .object: append(UInt8(ascii: "}"))
        case .emptyArray, .array: append(UInt8(ascii: "]"))
        }
        if !children.isEmpty { try placeChildren() }
        if let fault { throw fault }
    }

    @inline(never)
    private func writeEmptyObject() {
        append(UInt8(ascii: "{"))
        append(UInt8(ascii: "}"))
    }

    func beginObject(at level: Int) {
        guard isInTurn(level) else { return }
        switch levels[level] {
        case .emptyObject, .object: return
        case .open:
            append(UInt8(ascii: "{"))
            levels[level] = .emptyObject
        default: misuse("asked for a keyed container after it had written something else")
        }
    }

    func beginArray(at level: Int) {
        guard isInTurn(level) else { return }
        switch levels[level] {
        case .emptyArray, .array: return
        case .open:
            append(UInt8(ascii: "["))
            levels[level] = .emptyArray
        default: misuse("asked for an unkeyed container after it had written something else")
        }
    }

    /// Begins a member of the object at `level`; its value must follow.
    @inline(__always)
    func beginMember(_ name: String, at level: Int) {
        guard isInTurn(level) else { return }
        if levels[level] == .object {
            append(UInt8(ascii: ","))
        } else {
            levels[level] = .object
        }
        write(name)
        append(UInt8(ascii: ":"))
    }

    @inline(__always)
    func beginElement(at level: Int) {
        guard isInTurn(level) else { return }
        if levels[level] == .array {
            append(UInt8(ascii: ","))
        } else {
            levels[level] = .array
        }
    }

    @inline(__always)
    func beginScalar(at level: Int) {
        guard isInTurn(level) else { return }
        guard levels[level] == .open else { return misuse("wrote a second value where there is room for one") }
        levels[level] = .scalar
    }

    @inline(__always)
    private func isInTurn(_ level: Int) -> Bool {
        if level == depth { return true }
        misuse("wrote to a container out of turn")
        return false
    }

    @inline(never)
    private func misuse(_ what: String) {
        _ = fail(.invalidValue, "the type \(what)")
    }

    static let tooDeep = "more than \(maximumDepth) values inside one another"

    @inline(never)
    func fail(_ kind: JSONError.Kind, _ message: String) -> JSONError {
        fail(JSONError(kind: kind, message: message, steps: steps))
    }

    @inline(never)
    func fail(_ error: any Error) -> JSONError {
        let error = JSONError(thrownByEncoding: error, at: steps)
        fault = fault ?? error
        return error
    }

    // MARK: Nested outputs

    /// An output whose text will stand where this one's ends now.
    func makeChild() -> Output {
        let child = Output(userInfo: userInfo, parent: self)
        if child.outerDepth >= Output.maximumDepth { _ = fail(.tooDeep, Output.tooDeep) }
        children.append(Child(output: child, position: count, depth: depth))
        return child
    }

    /// Puts the nested outputs of the current level in their places, in one pass from the end.
    @inline(never)
    private func placeChildren() throws(JSONError) {
        let first = children.firstIndex { $0.depth >= depth } ?? children.endIndex
        let placed = children[first...]
        children.removeSubrange(first...)
        for child in placed { try child.output.closeLevel() }

        var end = count
        let extra = placed.reduce(0) { $0 + $1.output.count }
        _ = reserve(extra)
        var target = count + extra
        for child in placed.reversed() {
            let tail = end - child.position
            target -= tail
            (base + target).update(from: base + child.position, count: tail)
            end = child.position
            target -= child.output.count
            (base + target).update(from: child.output.base, count: child.output.count)
        }
        count += extra
    }
}

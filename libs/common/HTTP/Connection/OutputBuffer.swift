/// A raw byte buffer that a loop reuses for the heads of all its responses.
final class OutputBuffer {
    private var base: UnsafeMutableRawPointer
    private var capacity: Int
    private(set) var count = 0

    init(capacity: Int = 16 * 1024) {
        self.capacity = capacity
        base = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit {
        base.deallocate()
    }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    func clear() {
        count = 0
    }

    @inline(__always)
    func reserve(_ more: Int) {
        if count + more > capacity { grow(count + more) }
    }

    private func grow(_ needed: Int) {
        let larger = max(needed, capacity * 2)
        let moved = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
        moved.copyMemory(from: base, byteCount: count)
        base.deallocate()
        base = moved
        capacity = larger
    }

    @inline(__always)
    func append(_ text: StaticString) {
        let length = text.utf8CodeUnitCount
        reserve(length)
        (base + count).copyMemory(from: text.utf8Start, byteCount: length)
        count &+= length
    }

    @inline(__always)
    func append(_ source: UnsafeRawBufferPointer) {
        guard let start = source.baseAddress else { return }
        reserve(source.count)
        (base + count).copyMemory(from: start, byteCount: source.count)
        count &+= source.count
    }

    func append(_ source: [UInt8]) {
        source.withUnsafeBytes { append($0) }
    }

    /// The fields of a message; those that are neighbours go in one piece. `isLeftOut` is told the name.
    @inline(__always)
    func append(_ headers: borrowing Headers, except isLeftOut: (Range<Int>, UnsafeRawBufferPointer) -> Bool) {
        headers.bytes.withUnsafeBytes { bytes in
            var run = 0..<0
            for field in headers.fields where !isLeftOut(field.name, bytes) {
                let line = field.line(in: bytes)
                if let line, line.lowerBound == run.upperBound {
                    run = run.lowerBound..<line.upperBound
                    continue
                }
                append(UnsafeRawBufferPointer(rebasing: bytes[run]))
                run = line ?? 0..<0
                guard line == nil else { continue }
                append(UnsafeRawBufferPointer(rebasing: bytes[field.name]))
                append(": ")
                append(UnsafeRawBufferPointer(rebasing: bytes[field.value]))
                append("\r\n")
            }
            append(UnsafeRawBufferPointer(rebasing: bytes[run]))
        }
    }

    func append(_ byte: UInt8) {
        reserve(1)
        base.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count &+= 1
    }

    func append(_ text: String) {
        let isContiguous: Void? = text.utf8.withContiguousStorageIfAvailable { append(UnsafeRawBufferPointer($0)) }
        if isContiguous == nil { append(Array(text.utf8)) }
    }

    /// Lets `body` write into reserved space; it answers how many bytes it wrote.
    @inline(__always)
    func write(_ body: (UnsafeMutableRawPointer) -> Int) {
        count &+= body(base + count)
    }

    /// A field's value: what would end the line becomes a space.
    func appendFieldValue(_ text: String) {
        let start = count
        append(text)
        for index in start..<count where !CharacterClass.isFieldValue(base.load(fromByteOffset: index, as: UInt8.self))
        {
            base.storeBytes(of: 0x20, toByteOffset: index, as: UInt8.self)
        }
    }

    func append(decimal value: Int) {
        reserve(20)
        var value = UInt(bitPattern: value)
        var digits: (UInt64, UInt64, UInt64) = (0, 0, 0)
        withUnsafeMutableBytes(of: &digits) { scratch in
            var position = 20
            repeat {
                position -= 1
                let (quotient, remainder) = value.quotientAndRemainder(dividingBy: 10)
                scratch[position] = UInt8(truncatingIfNeeded: remainder) &+ 0x30
                value = quotient
            } while value > 0
            append(UnsafeRawBufferPointer(rebasing: scratch[position..<20]))
        }
    }
}

import Loop

@testable import HTTP

/// Any bytes as a client's frames: the verdict is the same however they are cut.
func fuzzFrames(_ bytes: UnsafeRawBufferPointer) {
    let whole = watch(bytes, step: max(bytes.count, 1))
    precondition(watch(bytes, step: 1) == whole)
    precondition(watch(bytes, step: max(cut(of: bytes), 1)) == whole)
}

private struct Watched: Equatable {
    var flood: FrameWatch.Flood?
    var heads = 0
    var isMidHead = false
}

private func watch(_ bytes: UnsafeRawBufferPointer, step: Int) -> Watched {
    var limits = HTTP2Limits()
    limits.continuationFrames = 3
    limits.resetBurst = 4
    limits.idleFrameBurst = 8
    var watch = FrameWatch(limits, headBytes: 1000)
    for start in stride(from: 0, to: bytes.count, by: step) {
        let piece = UnsafeRawBufferPointer(rebasing: bytes[start..<min(start + step, bytes.count)])
        if let flood = watch.look(at: piece, now: Deadline(nanoseconds: 1)) { return Watched(flood: flood) }
    }
    return Watched(heads: watch.heads, isMidHead: watch.isMidHead)
}

/// Any fields as a head of HTTP/2: what is accepted is accepted alike when it is written as HTTP/1.1, as a proxy might.
/// Fields end in 0x1e, their names in 0x1f.
func fuzzHead(_ bytes: UnsafeRawBufferPointer) {
    var head = HTTP2Head(limits: HeadLimits())
    for field in bytes.split(separator: 0x1e) {
        let end = field.firstIndex(of: 0x1f) ?? field.endIndex
        let value = end < field.endIndex ? bytes[(end + 1)..<field.endIndex] : bytes[end..<end]
        head.add(
            UnsafeRawBufferPointer(rebasing: bytes[field.startIndex..<end]), UnsafeRawBufferPointer(rebasing: value))
    }
    guard let line = try? head.finish() else { return }
    let headers = head.headers
    let query = line.target.query.map { "?" + headers.text($0) } ?? ""
    var lines = Array("\(line.method.rawValue) ".utf8) + headers.bytes[line.target.path] + Array(query.utf8)
    lines += Array(" HTTP/1.1\r\n".utf8)
    for field in headers.fields {
        lines += headers.bytes[field.name] + [UInt8(ascii: ":"), 0x20] + headers.bytes[field.value] + [0x0d, 0x0a]
    }
    lines += [0x0d, 0x0a]
    var limits = HeadLimits()
    limits.headBytes *= 2
    limits.startLineBytes *= 2
    limits.fieldCount *= 2
    var parser = RequestParser(limits: limits)
    lines.withUnsafeBytes { lines in
        guard let length = try? parser.parse(lines), length == lines.count else {
            preconditionFailure("an accepted head is refused, or ends early, as one of HTTP/1.1")
        }
        precondition(parser.method == line.method && parser.fields.count == headers.fields.count)
        precondition(parser.framing.contentLength == head.framing.contentLength && !parser.framing.isChunked)
        precondition(lines[parser.target.path].elementsEqual(headers.bytes[line.target.path]))
    }
}

@testable import HTTP

/// Any bytes as an answer: parsing byte by byte must judge as parsing at once does, and a body's blocks must be the
/// same however they are cut.
func fuzzResponse(_ bytes: UnsafeRawBufferPointer) {
    let whole = readResponse(bytes, step: max(bytes.count, 1))
    precondition(readResponse(bytes, step: 1) == whole)
    precondition(readResponse(bytes, step: 7) == whole)
}

private struct ReadResponse: Equatable {
    var statuses: [UInt16] = []
    var body: [UInt8] = []
    var isMalformed = false
    var isComplete = false
}

private func readResponse(_ bytes: UnsafeRawBufferPointer, step: Int) -> ReadResponse {
    var parser = ResponseParser()
    var received = ReceivedBytes()
    var decoder: ResponseBodyDecoder?
    var read = ReadResponse()
    var position = 0
    do throws(ParseFailure) {
        while position < bytes.count, !read.isComplete {
            let end = min(position + step, bytes.count)
            received.append(UnsafeRawBufferPointer(rebasing: bytes[position..<end]))
            position = end
            while decoder == nil, !received.isEmpty {
                let outcome = received.withBytes { bytes in
                    Result { () throws(ParseFailure) in try parser.parse(bytes) }
                }
                guard let length = try outcome.get() else { break }
                received.drop(length)
                read.statuses.append(parser.status.code)
                if !parser.isInterim { decoder = ResponseBodyDecoder(parser.bodyFraming(method: .get)) }
                parser.reset()
            }
            while let block = try decoder?.next(from: &received) { read.body += block }
            read.isComplete = decoder?.isEnded ?? false
        }
    } catch {
        read.isMalformed = true
        // How much of a body came before the mistake depends on the cut.
        read.body = []
        read.statuses = []
    }
    return read
}

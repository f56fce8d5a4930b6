import Loop

/// Where what is said before the answer goes to: a request's connection or stream.
protocol InterimSink: AnyObject {
    func sendInterim(_ status: Status, _ headers: Headers)
}

extension Request {
    /// Tells the client something before the answer (RFC 9110, 15.2): which files it may begin to load, that the work goes
    /// on. A hint that the client cannot take now, or would not understand, is left out.
    ///
    ///     request.announce(.earlyHints, ["link": "</console.css>; rel=preload; as=style"])
    public func announce(_ status: Status, _ headers: Headers = Headers()) {
        guard let interims, InterimAnswer.isAnnounced(status) else { return }
        interims.value.sendInterim(status, headers)
    }
}

enum InterimAnswer {
    /// 100 belongs to whoever reads the body, and 101 is a switch of protocols that nobody asks for.
    static func isAnnounced(_ status: Status) -> Bool { (102..<200).contains(status.code) }
}

extension ServerConnection: InterimSink {
    func sendInterim(_ status: Status, _ headers: Headers) {
        // A client of HTTP/1.0 knows of none, and one that is behind with reading can do without.
        guard activity == .serving, parser.isVersion11, !channel.isClosed, channel.isWritable else { return }
        let output = scratch.output
        output.clear()
        output.append(interim: status, headers)
        // A part of a head on the wire leaves nothing to say behind it.
        if channel.write(output.bytes) != output.count { abort() }
    }
}

extension HTTP2Stream: InterimSink {
    func sendInterim(_ status: Status, _ headers: Headers) {
        submitInterim(status, headers)
    }
}

extension OutputBuffer {
    func append(interim status: Status, _ headers: borrowing Headers) {
        append("HTTP/1.1 ")
        append(decimal: Int(status.code))
        append(" ")
        append(status.phrase)
        append("\r\n")
        append(headers) { name, bytes in
            if case .endToEnd = HopByHop.kind(of: name, bytes) { false } else { true }
        }
        append("\r\n")
    }
}

/// The fields that belong to one connection, not to the message (RFC 9110, 7.6.1).
enum HopByHop {
    enum Kind { case endToEnd, hopByHop, contentLength, host }

    static func kind(of name: Range<Int>, _ bytes: UnsafeRawBufferPointer) -> Kind {
        switch name.count {
        case 2 where bytes.equals(name, lowercase: "te"): .hopByHop
        case 4 where bytes.equals(name, lowercase: "host"): .host
        case 6 where bytes.equals(name, lowercase: "expect"): .hopByHop
        case 7 where bytes.equals(name, lowercase: "upgrade") || bytes.equals(name, lowercase: "trailer"): .hopByHop
        case 10 where bytes.equals(name, lowercase: "connection") || bytes.equals(name, lowercase: "keep-alive"):
            .hopByHop
        case 14 where bytes.equals(name, lowercase: "content-length"): .contentLength
        case 14 where bytes.equals(name, lowercase: "http2-settings"): .hopByHop
        case 16 where bytes.equals(name, lowercase: "proxy-connection"): .hopByHop
        case 17 where bytes.equals(name, lowercase: "transfer-encoding"): .hopByHop
        default: .endToEnd
        }
    }
}

import Glibc

/// What can be fuzzed, by name. `FUZZ_TARGET` picks one; `FUZZ_TARGET=list` names them all.
private let targets: [String: @Sendable (UnsafeRawBufferPointer) -> Void] = [
    "chunked": { fuzzChunked($0) },
    "conditions": { fuzzConditions($0) },
    "content-disposition": { fuzzContentDisposition($0) },
    "h2-frames": { fuzzFrames($0) },
    "h2-head": { fuzzHead($0) },
    "image": { fuzzImage($0) },
    "image-header": { fuzzImageHeader($0) },
    "json": { fuzzJSON($0) },
    "jwt": { fuzzJWT($0) },
    "log-text": { fuzzLogText($0) },
    "media-type": { fuzzMediaType($0) },
    "multipart": { fuzzMultipart($0) },
    "query": { fuzzQuery($0) },
    "request": { fuzzRequest($0) },
    "request-id": { fuzzRequestID($0) },
    "response": { fuzzResponse($0) },
    "s3-uri": { fuzzS3URI($0) },
    "setting": { fuzzSetting($0) },
    "target": { fuzzTarget($0) },
    "traceparent": { fuzzTraceparent($0) },
    "webhook": { fuzzWebhook($0) },
]

private let chosen = targets[getenv("FUZZ_TARGET").map { String(cString: $0) } ?? "list"]

/// libFuzzer brings a `main` of its own, but the package manager insists on one in Swift: so ours calls its driver.
@main
struct Fuzz {
    static func main() {
        guard chosen != nil else {
            print(targets.keys.sorted().joined(separator: "\n"))
            return
        }
        var count = CommandLine.argc
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
        let status = runDriver(&count, &arguments) { bytes, count in
            chosen?(UnsafeRawBufferPointer(start: bytes, count: count))
            return 0
        }
        exit(status)
    }
}

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ testOneInput: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

import Glibc
import JSON
import Tokens

/// Verifies one token over and over, as the gateway does for each request: the whole path from the text to the claims.
/// Prints a line of JSON for each work, with the length of what is signed for the peer to do the same.
func measureTokens() throws {
    for (name, algorithm) in [("HS256", Algorithm.hs256), ("EdDSA", .eddsa), ("ES256", .es256), ("RS256", .rs256)] {
        guard chosenWork.isEmpty || chosenWork.contains(where: { $0.hasPrefix(name) }) else { continue }
        let key = try SigningKey.generate(algorithm)
        let issuer = TokenIssuer(name: "https://pentad.example", key: key)
        let token = try issuer.issue(
            subject: "7d9f0c2e-6a51-4be8-9f3d-2c1a8e5b7f40", audience: ["api"], lifetime: .seconds(900),
            roles: ["editor"])
        let verifier = TokenVerifier(
            keys: KeySet(key.verification), rules: .init(issuers: [issuer.name], audience: "api"))
        let cached = CachedVerifier(verifier)
        let signedBytes = token.utf8.count - token.utf8.reversed().prefix { $0 != UInt8(ascii: ".") }.count - 1
        try report("\(name) verify", signedBytes) { try verifier.verify(token).roles.count }
        try report("\(name) verify, remembered", signedBytes) { try cached.verify(token).roles.count }
        try report("\(name) issue", signedBytes) {
            try issuer.issue(subject: "7d9f0c2e", audience: ["api"], lifetime: .seconds(900)).utf8.count
        }
    }
}

/// Arguments choose what alone is measured, for a profiler: `data-bench tokens "HS256 verify"`.
private var chosenWork: ArraySlice<String> { CommandLine.arguments.dropFirst(2) }

/// The median of five rounds of as many operations as about 0.2 seconds of CPU time hold.
private func report(_ work: String, _ signedBytes: Int, _ operation: () throws -> Int) rethrows {
    guard chosenWork.isEmpty || chosenWork.contains(work) else { return }
    var rates: [Double] = []
    for _ in 0..<5 {
        var operations = 0
        var sink = 0
        let start = cpuSeconds()
        var elapsed = 0.0
        repeat {
            for _ in 0..<200 { sink &+= try operation() }
            operations += 200
            elapsed = cpuSeconds() - start
        } while elapsed < 0.2
        precondition(sink != 0)
        rates.append(Double(operations) / elapsed)
    }
    let median = Int(rates.sorted()[2])
    print(#"{"work":"\#(work)","signed_bytes":\#(signedBytes),"per_cpu_second":\#(median)}"#)
}

private func cpuSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

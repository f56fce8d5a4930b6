import Crypto
import Foundation
import JSON
import TestKit
import Testing

@testable import Objects

@Suite("Signatures against botocore's own cases")
struct SignatureConformanceTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let path: String
        var testDescription: String { name }

        func file(_ ending: String) throws -> String { try SharedData.text("\(path)/\(name).\(ending)") }
    }

    static let cases: [Case] = {
        let folder = SharedData.signatures
        let names = (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(".req") }.sorted().map { path in
            let url = URL(fileURLWithPath: folder + "/" + path)
            return Case(
                name: url.deletingPathExtension().lastPathComponent, path: url.deletingLastPathComponent().path)
        }
    }()

    @Test(
        "All 34 cases are there",
        .enabled(if: SharedData.exists(SharedData.signatures), Comment(rawValue: SharedData.whyAbsent)))
    func count() {
        #expect(Self.cases.count == 34)
    }

    @Test(
        "A request is canonical, named and signed byte for byte",
        .enabled(if: SharedData.exists(SharedData.signatures), Comment(rawValue: SharedData.whyAbsent)),
        arguments: cases)
    func signs(_ example: Case) throws {
        // The one case whose token is not in the request but given to the signer.
        let token = try example.name == "get-vanilla-with-session-token" ? Self.token(example) : nil
        let signature = SignatureV4(
            ObjectCredentials(
                accessKey: "AKIDEXAMPLE", secretKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", sessionToken: token),
            region: "us-east-1", service: "service")
        let date = try #require(SigningDate("20150830T123600Z"))
        let request = try SampleRequest(example.file("req"))
        let canonical = request.canonical(token: token)
        #expect(String(decoding: canonical.bytes, as: UTF8.self) == (try example.file("creq")))
        #expect(
            String(decoding: signature.stringToSign(canonical, at: date), as: UTF8.self) == (try example.file("sts")))
        #expect(signature.authorization(canonical, at: date) == (try example.file("authz")))
    }

    private static func token(_ example: Case) throws -> String? {
        try example.file("creq").split(separator: "\n").first { $0.hasPrefix("x-amz-security-token:") }
            .map { String($0.dropFirst("x-amz-security-token:".count)) }
    }
}

/// A request of the cases: as a client would hand it over, with the path that other services than S3 fold and encode
/// before they sign.
private struct SampleRequest {
    let method: String
    let target: String
    var headers: [(name: String, value: String)] = []
    let body: String

    init(_ text: String) throws {
        let parts = text.components(separatedBy: "\n\n")
        body = parts.count > 1 ? parts[1...].joined(separator: "\n\n") : ""
        let lines = parts[0].components(separatedBy: "\n")
        let first = try #require(lines.first)
        method = String(first.prefix { $0 != " " })
        target = String(first.dropFirst(method.count + 1).dropLast(" HTTP/1.1".count))
        for line in lines.dropFirst() where !line.isEmpty {
            if line.hasPrefix(" "), !headers.isEmpty {
                headers[headers.count - 1].value += " " + line
            } else {
                let colon = try #require(line.firstIndex(of: ":"))
                headers.append((String(line[..<colon]), String(line[line.index(after: colon)...])))
            }
        }
    }

    func canonical(token: String?) -> CanonicalRequest {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var path: [UInt8] = []
        AWSEncoding.append(Self.folded(String(parts[0])), to: &path, keepingSlash: true)
        var query = CanonicalQuery()
        for pair in parts.count > 1 ? parts[1].split(separator: "&") : [] {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            func decoded(_ index: Int) -> String {
                index < sides.count
                    ? String(decoding: AWSEncoding.decoded(sides[index].utf8) ?? [], as: UTF8.self) : ""
            }
            query.append(decoded(0), decoded(1))
        }
        var headers = headers
        if let token { headers.append(("x-amz-security-token", token)) }
        return CanonicalRequest(
            method: method, path: path, query: query.bytes, headers: headers, payload: .of(Array(body.utf8)))
    }

    /// Dots and empty segments go, a slash at the end stays.
    private static func folded(_ path: String) -> String {
        var segments: [Substring] = []
        for segment in path.split(separator: "/") {
            if segment == ".." { _ = segments.popLast() } else if segment != "." { segments.append(segment) }
        }
        let isFolder = path.hasSuffix("/") && !segments.isEmpty
        return "/" + segments.joined(separator: "/") + (isFolder ? "/" : "")
    }
}

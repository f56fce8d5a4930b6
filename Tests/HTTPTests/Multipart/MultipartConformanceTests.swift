import Foundation
import TestKit
import Testing

@testable import HTTP

/// The public corpus of multipart bodies, where it lies beside the checkout.
@Suite(
    "The public corpus of multipart bodies",
    .enabled(
        if: SharedData.exists(SharedData.conformance("multipart-corpus-python-multipart")),
        Comment(rawValue: SharedData.whyAbsent)))
struct MultipartConformanceTests {
    private struct Corpus: Decodable {
        let cases: [Case]
    }

    private struct Case: Decodable {
        let name: String
        let boundary: String
        let body: Data
        let expected: Expected

        private enum CodingKeys: String, CodingKey {
            case name, boundary, expected
            case body = "raw_b64"
        }
    }

    private enum Expected: Decodable {
        case parts([Part])
        case error

        init(from decoder: any Decoder) throws {
            if let parts = try? [Part](from: decoder) {
                self = .parts(parts)
            } else {
                _ = try decoder.container(keyedBy: Key.self).decode(Int.self, forKey: .error)
                self = .error
            }
        }

        private enum Key: CodingKey { case error }
    }

    private struct Part: Decodable {
        struct Content: Decodable {
            let b64: Data
        }

        let name: String
        let filename: String?
        let contentType: String?
        let data: Content

        private enum CodingKeys: String, CodingKey {
            case name, data
            case filename = "file_name"
            case contentType = "content_type"
        }
    }

    @Test("all 30 bodies are read or refused as they should be, however they are cut")
    func corpus() throws {
        let file = SharedData.conformance("multipart-corpus-python-multipart/cases.json")
        let corpus = try JSONDecoder().decode(Corpus.self, from: Data(SharedData.bytes(file)))
        #expect(corpus.cases.count == 30)
        for form in corpus.cases {
            let bytes = [UInt8](form.body)
            // One description has the boundary with the dashes that its delimiter begins with.
            let isMisnamed = form.name == "single_field_blocks"
            let boundary = isMisnamed ? String(form.boundary.dropFirst(2)) : form.boundary
            if isMisnamed {
                let asNamed = multipartOutcome(of: bytes, boundary: form.boundary, inPieces: [bytes.count])
                #expect(asNamed == .refused(400, "malformed_multipart"))
            }
            for step in [bytes.count, 1, 2, 3, 17] {
                let ends = Array(stride(from: step, to: bytes.count, by: step)) + [bytes.count]
                let found = multipartOutcome(of: bytes, boundary: boundary, inPieces: ends)
                switch form.expected {
                case .error: #expect(found == .refused(400, "malformed_multipart"), "\(form.name)")
                case .parts(let parts):
                    let expected = parts.map { part in
                        MultipartCase.Part(
                            name: part.name, filename: part.filename,
                            contentType: nil, bytes: [UInt8](part.data.b64))
                    }
                    #expect(withoutTypes(found) == .parts(expected), "\(form.name)")
                    let types = parts.map { $0.contentType.flatMap(MediaType.init)?.description }
                    // The corpus leaves out some types, and says the usual one where the part says none.
                    for (type, part) in zip(types, self.parts(found)) where type != nil {
                        #expect(part.contentType ?? "text/plain" == type, "\(form.name)")
                    }
                }
            }
        }
    }

    private func parts(_ outcome: MultipartCase.Outcome) -> [MultipartCase.Part] {
        if case .parts(let parts) = outcome { parts } else { [] }
    }

    private func withoutTypes(_ outcome: MultipartCase.Outcome) -> MultipartCase.Outcome {
        guard case .parts(var parts) = outcome else { return outcome }
        for index in parts.indices { parts[index].contentType = nil }
        return .parts(parts)
    }
}

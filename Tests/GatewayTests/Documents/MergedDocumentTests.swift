import JSON
import Testing

@testable import Gateway

@Suite("The merged document")
struct MergedDocumentTests {
    private static let own =
        #"{"openapi":"3.1.0","info":{"title":"Pentad"},"paths":{"/check":{"get":{"tags":["health"]}}},"components":{"schemas":{"Error":{"type":"object"}}}}"#
    private static let service = """
        {"openapi":"3.1.0","paths":{
            "/jobs":{"get":{"operationId":"get_jobs","tags":["x"],"responses":{"200":{"content":{"application/json":
                {"schema":{"$ref":"#/components/schemas/Job"}}}}}}},
            "/check":{"get":{"operationId":"check"}},
            "/private":{"get":{"operationId":"private"}}},
         "components":{"schemas":{"Job":{"properties":{"error":{"$ref":"#/components/schemas/Error"}}},"Error":{"type":"string"}},
            "securitySchemes":{"bearer":{"type":"http"}}}}
        """

    @Test("has each service's routed operations under its tag, and its schemas apart from others'")
    func merge() throws {
        var merged = MergedDocument(try JSONValue.parse(Self.own))
        merged.add("foot-ocr", try JSONValue.parse(Self.service)) { $0 != "/private" }
        let json = merged.json
        #expect(json["paths"]?.object?.names == ["/check", "/jobs"])
        #expect(json["paths"]?["/check"]?["get"]?["operationId"] == nil)
        let operation = json["paths"]?["/jobs"]?["get"]
        #expect(operation?["operationId"]?.string == "foot_ocr_get_jobs")
        #expect(operation?["tags"]?[0]?.string == "foot-ocr")
        let schema = operation?["responses"]?["200"]?["content"]?["application/json"]?["schema"]
        #expect(schema?["$ref"]?.string == "#/components/schemas/foot_ocr_Job")
        let schemas = json["components"]?["schemas"]
        #expect(schemas?["Error"]?["type"]?.string == "object")
        #expect(schemas?["foot_ocr_Error"]?["type"]?.string == "string")
        let inner = schemas?["foot_ocr_Job"]?["properties"]?["error"]?["$ref"]?.string
        #expect(inner == "#/components/schemas/foot_ocr_Error")
        #expect(json["components"]?["securitySchemes"]?["bearer"] != nil)
        #expect(json["tags"]?[0]?["name"]?.string == "foot-ocr")
    }
}

import Foundation
import HTTP
import JSON
import TestKit
import Testing

private struct Item: Codable, Sendable, Validated {
    var sku: String
    var quantity: Int

    static let rules: [Rule<Item>] = [
        .length("sku", \.sku, 1...10), .range("quantity", \.quantity, 1...100),
        .about("sku", "the article's number", example: "A-1"),
    ]
}

private enum Speed: String, Codable, CaseIterable, Sendable { case slow, fast }

private struct Order: Codable, Sendable, Validated {
    var id: Int
    var customer: String
    var speed: Speed
    var note: String?
    var items: [Item]
    var extra: JSONValue?

    static let rules: [Rule<Order>] = [
        .length("customer", \.customer, 1...20), .count("items", \.items, 1...3), .each("items", \.items),
        .must("note", "must not shout") { $0.note?.hasSuffix("!") != true },
    ]
}

private struct Listing: Codable, Sendable, Validated {
    var shop: Int
    var page: Int?
    var tag: [String]
    var speed: Speed?

    static let rules: [Rule<Listing>] = [.range("page", \.page, 1...1000)]
}

@Suite("A typed endpoint")
struct EndpointTests {
    private func routes(_ routes: inout Routes) {
        routes.endpoint(
            .post, "/orders", Operation("Place an order", tag: "orders", needsToken: true, failures: [.conflict]),
            body: Order.self, status: .created
        ) { $0.body }
        routes.endpoint(
            .get, "/shops/{shop}/orders", Operation("List orders", tag: "orders"), parameters: Listing.self
        ) { $0.parameters }
        routes.endpoint(.delete, "/orders/{id}", Operation("Delete an order"), status: .noContent) { _ in Nothing() }
        routes.endpoint(.post, "/text", Operation("Echo text"), body: [String: String].self) { $0.body }
        routes.declareDocument(title: "Shop", version: "2.3.4")
    }

    private func post(_ port: UInt16, _ path: String, _ body: String, type: String? = "application/json") async throws
        -> TestAnswer
    {
        var headers: Headers = [:]
        if let type { headers.append("content-type", type) }
        return try await TestClient.request(port: port, "POST", path, headers: headers, body: Array(body.utf8))
    }

    @Test("decodes its body and encodes its answer")
    func echo() async throws {
        try await withServer(routes) { _, port in
            let body = #"{"id":1,"customer":"김","speed":"fast","items":[{"sku":"a","quantity":2}],"extra":{"b":1.0}}"#
            for type in ["application/json", "application/json; charset=utf-8", nil] {
                let answer = try await post(port, "/orders", body, type: type)
                #expect(answer.status == 201, "\(answer.text)")
                #expect(answer.text == body)
            }
        }
    }

    @Test("names every field that is wrong at once")
    func allErrors() async throws {
        try await withServer(routes) { _, port in
            let answer = try await post(
                port, "/orders", #"{"id":"x","speed":"medium","items":[{"sku":1},{"quantity":2.5,"sku":"b"}]}"#)
            #expect(answer.status == 400)
            let error = try JSONValue.parse(answer.body)
            let details = error["details"]?.array ?? []
            let fields = details.compactMap { $0["field"]?.string }
            #expect(
                fields == [
                    "$.id", "$.customer", "$.speed", "$.items[0].sku", "$.items[0].quantity", "$.items[1].quantity",
                ], "\(answer.text)")
            #expect(details[1]["message"]?.string == "missing field 'customer'")
            #expect(error["code"]?.string == "validation_failed")
            #expect(error["error"]?.string == "Bad Request")
        }
    }

    @Test("checks its rules, all of them")
    func rules() async throws {
        try await withServer(routes) { _, port in
            let answer = try await post(
                port, "/orders",
                #"{"id":1,"customer":"","speed":"slow","note":"now!","items":[{"sku":"","quantity":0}]}"#)
            #expect(answer.status == 400)
            let fields = try JSONValue.parse(answer.body)["details"]?.array?.compactMap { $0["field"]?.string }
            #expect(fields == ["$.customer", "$.items[0].sku", "$.items[0].quantity", "$.note"], "\(answer.text)")
        }
    }

    @Test(
        "refuses what is not JSON",
        arguments: [
            ("{", 400, "malformed_json"), ("", 400, "malformed_json"), (#"{"id":1,"id":2}"#, 400, "malformed_json"),
            ("[1]", 400, "validation_failed"), ("null", 400, "validation_failed"),
        ])
    func malformed(body: String, status: Int, code: String) async throws {
        try await withServer(routes) { _, port in
            let answer = try await post(port, "/orders", body)
            #expect(answer.status == status)
            let error = try JSONValue.parse(answer.body)
            #expect(error["code"]?.string == code, "\(answer.text)")
        }
    }

    @Test("refuses another content type")
    func contentType() async throws {
        try await withServer(routes) { _, port in
            let answer = try await post(port, "/orders", "<a/>", type: "text/xml")
            #expect(answer.status == 415)
        }
    }

    @Test(
        "reads path and query parameters",
        arguments: [
            (
                "/shops/7/orders?page=2&tag=a&tag=b%20c&speed=fast", 200,
                #"{"shop":7,"page":2,"tag":["a","b c"],"speed":"fast"}"#
            ),
            ("/shops/7/orders", 200, #"{"shop":7,"tag":[]}"#),
            ("/shops/x/orders", 400, "shop"), ("/shops/7/orders?page=0", 400, "page"),
            ("/shops/7/orders?page=1&page=2", 400, "page"), ("/shops/7/orders?speed=medium", 400, "speed"),
            ("/shops/99999999999999999999/orders", 400, "shop"), ("/shops/+7/orders", 400, "shop"),
        ])
    func parameters(path: String, status: Int, expected: String) async throws {
        try await withServer(routes) { _, port in
            let answer = try await TestClient.request(port: port, "GET", path)
            #expect(answer.status == status, "\(answer.text)")
            if status == 200 {
                #expect(answer.text == expected)
            } else {
                let error = try JSONValue.parse(answer.body)
                #expect(error["details"]?[0]?["field"]?.string == expected)
            }
        }
    }

    @Test("answers nothing where nothing is returned")
    func noContent() async throws {
        try await withServer(routes) { _, port in
            let answer = try await TestClient.request(port: port, "DELETE", "/orders/1")
            #expect(answer.status == 204)
            #expect(answer.header("content-length") == nil)
        }
    }

    @Test(
        "keeps every naughty string as it is",
        .enabled(if: SharedData.exists(SharedData.conformance("blns")), Comment(rawValue: SharedData.whyAbsent)))
    func naughtyStrings() async throws {
        let strings = try JSONDecoder().decode(
            [String].self, from: Data(SharedData.bytes(SharedData.conformance("blns/blns.json"))))
        try await withServer(routes) { _, port in
            for text in strings {
                let body = try JSONEncoder().encode(["text": text])
                let answer = try await post(port, "/text", String(decoding: body, as: UTF8.self))
                #expect(answer.status == 200)
                let echoed = try JSONDecoder().decode([String: String].self, from: Data(answer.body))
                #expect(echoed["text"].map { Array($0.utf8) } == Array(text.utf8))
            }
        }
    }

    @Test("is described by an OpenAPI document that follows from its types")
    func document() async throws {
        try await withServer(routes) { _, port in
            let answer = try await TestClient.request(port: port, "GET", "/openapi.json")
            let document = try JSONValue.parse(answer.body)
            #expect(document["openapi"]?.string == "3.1.0")
            let order = document["components"]?["schemas"]?["Order"]
            #expect(order?["required"]?.array?.compactMap(\.string) == ["id", "customer", "speed", "items"])
            #expect(order?["properties"]?["customer"]?["maxLength"]?.int == 20)
            #expect(order?["properties"]?["note"]?["type"]?.array?.compactMap(\.string) == ["string", "null"])
            #expect(order?["properties"]?["speed"]?["enum"]?.array?.compactMap(\.string) == ["slow", "fast"])
            #expect(order?["properties"]?["items"]?["items"]?["$ref"]?.string == "#/components/schemas/Item")
            #expect(
                document["components"]?["schemas"]?["Item"]?["properties"]?["sku"]?["examples"]?[0]?.string == "A-1")
            let operation = document["paths"]?["/orders"]?["post"]
            #expect(operation?["responses"]?["201"] != nil)
            #expect(operation?["responses"]?["409"] != nil)
            #expect(operation?["security"]?[0]?["bearer"] != nil)
            let parameters = document["paths"]?["/shops/{shop}/orders"]?["get"]?["parameters"]?.array ?? []
            #expect(parameters.compactMap { $0["in"]?.string } == ["path", "query", "query", "query"])
            #expect(parameters[0]["required"]?.bool == true)
        }
    }
}

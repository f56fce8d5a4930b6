import HTTP

/// A body of about 1 KB, with rules, as the typed endpoint takes it.
struct Order: Codable, Sendable {
    struct Item: Codable, Sendable {
        var sku: String
        var quantity: Int
        var price: Double
    }

    var id: Int
    var customer: String
    var email: String
    var note: String?
    var express: Bool
    var tags: [String]
    var items: [Item]
}

extension Order: Validated {
    static let rules: [Rule<Order>] = [
        .range("id", \.id, 1...1_000_000),
        .length("customer", \.customer, 1...100),
        .length("email", \.email, 3...200),
        .length("note", \.note, 0...1000),
        .count("tags", \.tags, 0...20),
        .count("items", \.items, 1...50),
        .each("items", \.items),
    ]
}

extension Order.Item: Validated {
    static let rules: [Rule<Order.Item>] = [
        .length("sku", \.sku, 1...40),
        .range("quantity", \.quantity, 1...1000),
        .range("price", \.price, 0...100_000),
    ]
}

import JSON
import Testing

private struct Node: Codable, Equatable {
    var name: String
    var children: [Node]

    static func tree(_ name: String, depth: Int) -> Node {
        Node(name: name, children: depth == 0 ? [] : (0..<3).map { tree("\(name).\($0)", depth: depth - 1) })
    }
}

private enum Keys: String, CodingKey { case name, first, second }

/// Keeps its container beyond its own decoding.
private struct Keeper: Decodable {
    let container: KeyedDecodingContainer<Keys>

    init(from decoder: any Decoder) throws {
        container = try decoder.container(keyedBy: Keys.self)
    }
}

/// Asks twice for its container and uses both in turn.
private struct Twice: Codable, Equatable {
    var first: Int
    var second: Int

    init(first: Int, second: Int) {
        self.first = first
        self.second = second
    }

    init(from decoder: any Decoder) throws {
        let one = try decoder.container(keyedBy: Keys.self)
        let other = try decoder.container(keyedBy: Keys.self)
        second = try other.decode(Int.self, forKey: .second)
        first = try one.decode(Int.self, forKey: .first)
    }

    func encode(to encoder: any Encoder) throws {
        var one = encoder.container(keyedBy: Keys.self)
        var other = encoder.container(keyedBy: Keys.self)
        try other.encode(first, forKey: .first)
        try one.encode(second, forKey: .second)
    }
}

private final class Owned: Sendable {}

@Suite("Keyed containers that are used again")
struct ContainerReuseTests {
    @Test("Objects of one type within one another keep apart")
    func recursion() throws {
        let tree = Node.tree("root", depth: 5)
        let text = try JSONWriter().encode(tree)
        #expect(try JSONReader().decode(Node.self, from: text) == tree)
    }

    @Test("A container that is kept stays where it was")
    func kept() throws {
        let keepers = try JSONReader().decode(
            [Keeper].self, from: Array(#"[{"name":"a"},{"name":"b"},{"name":"c"}]"#.utf8))
        let names = try keepers.map { try $0.container.decode(String.self, forKey: .name) }
        #expect(names == ["a", "b", "c"])
    }

    @Test("Two containers of one object are both good")
    func twice() throws {
        let pairs = [Twice(first: 1, second: 2), Twice(first: 3, second: 4)]
        let text = try JSONWriter().encode(pairs)
        #expect(String(decoding: text, as: UTF8.self) == #"[{"first":1,"second":2},{"first":3,"second":4}]"#)
        #expect(try JSONReader().decode([Twice].self, from: text) == pairs)
    }

    @Test("Nothing outlives its coding, not even after an error")
    func released() throws {
        let key = try #require(CodingUserInfoKey(rawValue: "owned"))
        var owned: Owned? = Owned()
        weak let watched = owned
        do {
            var reader = JSONReader()
            var writer = JSONWriter()
            reader.userInfo[key] = owned
            writer.userInfo[key] = owned
            let tree = Node.tree("root", depth: 2)
            _ = try reader.decode(Node.self, from: writer.encode(tree))
            #expect(throws: JSONError.self) {
                try reader.decode(Node.self, from: Array(#"{"name":"a","children":[{"name":1}]}"#.utf8))
            }
        }
        owned = nil
        #expect(watched == nil)
    }
}

/// An element of an XML document, without its namespace.
struct XMLElement: Sendable, Equatable {
    let name: String
    var text = ""
    var children: [XMLElement] = []

    init(name: String) {
        self.name = name
    }

    func child(_ name: String) -> XMLElement? { children.first { $0.name == name } }

    func children(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }

    /// The text of a child; nil when there is none.
    func text(_ name: String) -> String? { child(name)?.text }
}

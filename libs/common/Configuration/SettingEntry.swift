/// One declared setting and what became of it.
package struct SettingEntry: Sendable {
    enum Presence: Sendable {
        case defaulted(String)
        case optional
        case required
    }

    enum Source: Sendable, Equatable {
        case none
        case environment(String)
        case file(String)
    }

    let name: String
    let expectation: String
    let presence: Presence
    let meaning: String
    let isSecret: Bool
    var source = Source.none
    /// The value in use, as text; nil when there is none, or a wrong one.
    var value: String?
    var isWrong = false
}

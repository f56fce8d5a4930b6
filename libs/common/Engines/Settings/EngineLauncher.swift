/// Words that stand before every command, so that another program starts it: `srun --gres=gpu:1`.
///
/// Read as a shell reads words, without a shell: blanks separate, single and double quotes and the backslash hold
/// together. What a shell would act upon is refused rather than passed on as it is.
public struct EngineLauncher: Sendable, Equatable {
    public let words: [String]

    public static let none = EngineLauncher(words: [])

    public init(words: [String]) {
        self.words = words
    }

    /// What is wrong with a launcher's text, as a sentence.
    public struct Malformed: Error, Sendable, Equatable, CustomStringConvertible {
        public let description: String
    }

    public init(parsing text: String) throws(Malformed) {
        var reader = WordReader(text)
        words = try reader.words()
        if let first = words.first, first.contains("=") {
            throw Malformed(description: "starts with '\(first)': an assignment is not a program")
        }
        if words.first == "" { throw Malformed(description: "names an empty program") }
    }
}

private struct WordReader {
    private static let special = Set("$`;|&<>()*?[]{}~#!")

    private var rest: Substring
    private var found: [String] = []
    /// Nil between words; a pair of quotes alone makes an empty one.
    private var word: String?

    init(_ text: String) {
        rest = text[...]
    }

    mutating func words() throws(EngineLauncher.Malformed) -> [String] {
        while let character = rest.popFirst() {
            switch character {
            case " ", "\t": endWord()
            case "'": try readSingleQuoted()
            case "\"": try readDoubleQuoted()
            case "\\": append(try escaped())
            case _ where Self.special.contains(character):
                throw .init(description: "'\(character)' has a meaning in shells alone: put it into single quotes")
            default: append(try plain(character))
            }
        }
        endWord()
        return found
    }

    private mutating func readSingleQuoted() throws(EngineLauncher.Malformed) {
        append("")
        while let character = rest.popFirst() {
            if character == "'" { return }
            append(try plain(character))
        }
        throw .init(description: "a single quote is not closed")
    }

    private mutating func readDoubleQuoted() throws(EngineLauncher.Malformed) {
        append("")
        while let character = rest.popFirst() {
            switch character {
            case "\"": return
            case "\\":
                if let next = rest.first, "\"\\$`".contains(next) {
                    append(String(rest.removeFirst()))
                } else {
                    append("\\")
                }
            case "$", "`":
                throw .init(description: "'\(character)' has a meaning in shells alone: put it into single quotes")
            default: append(try plain(character))
            }
        }
        throw .init(description: "a double quote is not closed")
    }

    private mutating func escaped() throws(EngineLauncher.Malformed) -> String {
        guard let next = rest.popFirst() else { throw .init(description: "ends with a backslash") }
        return try plain(next)
    }

    private func plain(_ character: Character) throws(EngineLauncher.Malformed) -> String {
        guard character.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7f }) else {
            throw .init(description: "contains a control character")
        }
        return String(character)
    }

    private mutating func append(_ text: String) {
        word = (word ?? "") + text
    }

    private mutating func endWord() {
        if let word { found.append(word) }
        word = nil
    }
}

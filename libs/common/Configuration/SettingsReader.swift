/// Reads typed settings from an environment, and remembers each declaration, value and problem on the way.
///
/// A setting `NAME` of the service `GATEWAY` may also be given as `GATEWAY_NAME`, which wins: so services that share
/// an environment can still differ. An empty variable counts as not set. A secret may be given as a file whose path is in
/// `NAME_FILE`. Reading never throws: a missing or wrong value leaves a problem behind and a placeholder in its place.
public struct SettingsReader {
    public typealias ReadFile = (_ path: String) throws(SettingFile.Failure) -> String

    /// Such as `GATEWAY`.
    let prefix: String
    private let environment: [String: String]
    private let readFile: ReadFile
    package private(set) var entries: [SettingEntry] = []
    package private(set) var problems: [String] = []
    /// Variables whose value is not meant for the setting of that name.
    private var foreign: [String] = []

    public init(
        prefix: String, environment: [String: String],
        readFile: @escaping ReadFile = { path throws(SettingFile.Failure) in try SettingFile.read(path) }
    ) {
        self.prefix = prefix
        self.environment = environment
        self.readFile = readFile
    }

    /// A setting that has a default.
    public mutating func value<Value>(
        _ name: String, _ kind: SettingKind<Value>, default fallback: Value, _ meaning: String, isSecret: Bool = false
    ) -> Value {
        let text = kind.text(fallback)
        return read(name, kind, .defaulted(text), meaning, isSecret) ?? fallback
    }

    /// A setting without which the service cannot start.
    public mutating func required<Value>(
        _ name: String, _ kind: SettingKind<Value>, _ meaning: String, isSecret: Bool = false
    ) -> Value {
        read(name, kind, .required, meaning, isSecret) ?? kind.placeholder
    }

    /// A setting that may be absent, which switches something off.
    public mutating func optional<Value>(
        _ name: String, _ kind: SettingKind<Value>, _ meaning: String, isSecret: Bool = false
    ) -> Value? {
        read(name, kind, .optional, meaning, isSecret)
    }

    /// Records a problem of settings that are right each on its own: `check(low <= high, "LOW exceeds HIGH")`.
    public mutating func check(_ isTrue: Bool, _ problem: String) {
        // After a wrong value placeholders are about, and what they break is not worth a line.
        if !isTrue && problems.isEmpty { problems.append(problem) }
    }

    private mutating func read<Value>(
        _ name: String, _ kind: SettingKind<Value>, _ presence: SettingEntry.Presence, _ meaning: String,
        _ isSecret: Bool
    ) -> Value? {
        var entry = SettingEntry(
            name: name, expectation: kind.expectation, presence: presence, meaning: meaning, isSecret: isSecret)
        var value: Value?
        do throws(SettingProblem) {
            if let (text, source) = try find(name, isSecret: isSecret, kind.isForeign) {
                entry.source = source
                guard let parsed = kind.parse(text) else {
                    throw .unexpected(source.variable(of: name), isSecret ? nil : text, kind.expectation)
                }
                entry.value = kind.text(parsed)
                value = parsed
            } else if case .required = presence {
                throw .missing(name, kind.expectation, meaning)
            } else if case .defaulted(let text) = presence {
                entry.value = text
            }
        } catch {
            entry.isWrong = true
            problems.append(error.line)
        }
        if !entries.contains(where: { $0.name == name }) { entries.append(entry) }
        return value
    }

    /// The text that is set for a name, and where.
    private mutating func find(
        _ name: String, isSecret: Bool, _ isForeign: (String) -> Bool
    ) throws(SettingProblem) -> (text: String, source: SettingEntry.Source)? {
        for variable in variables(for: name) {
            let text = environment[variable].map(trimmed) ?? ""
            if isForeign(text) {
                if !foreign.contains(variable) { foreign.append(variable) }
                continue
            }
            let path = isSecret ? environment[variable + "_FILE"] ?? "" : ""
            switch (text.isEmpty, path.isEmpty) {
            case (false, false): throw .both(variable)
            case (false, true): return (text, .environment(variable))
            case (true, false): return (try readSecret(variable + "_FILE", path), .file(path))
            case (true, true): continue
            }
        }
        return nil
    }

    private func readSecret(_ variable: String, _ path: String) throws(SettingProblem) -> String {
        do {
            let text = trimmed(try readFile(path))
            if !text.isEmpty { return text }
        } catch {
            throw .unreadable(variable, path, error.reason)
        }
        throw .unreadable(variable, path, "the file is empty")
    }

    private func variables(for name: String) -> [String] {
        name.hasPrefix(prefix + "_") ? [name] : ["\(prefix)_\(name)", name]
    }
}

extension SettingsReader {
    /// A line for each variable that is ignored: because of its value, or because it bears the service's prefix and is
    /// no setting, most often a typing error.
    package var warnings: [String] {
        var known: Set<String> = []
        for entry in entries {
            for variable in variables(for: entry.name) {
                known.insert(variable)
                if entry.isSecret { known.insert(variable + "_FILE") }
            }
        }
        let unknown = environment.keys.filter {
            $0.hasPrefix(prefix + "_") && !known.contains($0) && !comesWithForeign($0)
        }
        let ignored = foreign.map { "\($0) is ignored: it holds the address of a service, not a port" }
        return ignored
            + unknown.sorted().map { variable in
                let suggestion = nearest(to: variable, among: known).map { ": did you mean \($0)?" } ?? ""
                return "\(shown(variable, quoted: false)) is set but is not a setting\(suggestion)"
            }
    }
}

extension SettingsReader {
    /// Kubernetes sets a dozen variables for one service; the warning of one speaks for all.
    private func comesWithForeign(_ variable: String) -> Bool {
        foreign.contains { $0.hasSuffix("_PORT") && variable.hasPrefix($0 + "_") }
            || foreign.contains(prefix + "_PORT") && variable.hasPrefix(prefix + "_SERVICE_")
    }
}

extension SettingEntry.Source {
    fileprivate func variable(of name: String) -> String {
        switch self {
        case .environment(let variable): variable
        case .file(let path): "\(name) (from the file \(shown(path, quoted: false)))"
        case .none: name
        }
    }
}

import Configuration
import HTTP
import Loop

/// One line of a route table's text: methods, path, service, options.
enum RouteLine {
    struct Wrong: Error {
        let message: String

        init(_ message: String) { self.message = message }
    }

    /// Nil for an empty line or a comment.
    static func read(_ line: Substring, services: Set<String>) throws(Wrong) -> GatewayRoute? {
        let content = line.prefix { $0 != "#" }
        let words = content.split { $0 == " " || $0 == "\t" || $0 == "\r" }
        guard !words.isEmpty else { return nil }
        guard words.count >= 3 else { throw Wrong("expected methods, a path and a service") }
        var route = GatewayRoute(
            methods: try methods(words[0]), path: try path(words[1]), service: String(words[2]))
        guard services.contains(route.service) else {
            throw Wrong("'\(route.service)' is none of \(services.sorted().joined(separator: ", "))")
        }
        var seen: Set<Substring> = []
        var stated: GatewayRoute.Access?
        for word in words.dropFirst(3) {
            let name = word.prefix { $0 != "=" }
            if let access = GatewayRoute.Access(rawValue: String(word)) {
                if let other = stated, other != access { throw Wrong("'\(access)' contradicts '\(other)'") }
                stated = access
            }
            guard seen.insert(name).inserted else { throw Wrong("'\(name)' is there twice") }
            try read(option: word, into: &route)
        }
        return route
    }

    private static func methods(_ word: Substring) throws(Wrong) -> Set<Method>? {
        if word == "*" { return nil }
        var methods: Set<Method> = []
        for name in word.split(separator: ",", omittingEmptySubsequences: false) {
            guard let method = Method(rawValue: String(name)) else {
                throw Wrong("'\(name)' is no method: \(Method.allCases.map(\.rawValue).joined(separator: ", ")) or *")
            }
            methods.insert(method)
        }
        return methods
    }

    /// What a router can take: literals, parameters, and `**` at the end.
    private static func path(_ word: Substring) throws(Wrong) -> String {
        guard word.hasPrefix("/") else { throw Wrong("a path begins with '/', unlike '\(word)'") }
        guard word != "/" else { return "/" }
        let segments = word.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        var names: Set<Substring> = []
        for (index, segment) in segments.enumerated() {
            if segment == "**" {
                guard index == segments.count - 1 else { throw Wrong("'**' ends a path") }
            } else if segment.hasPrefix("{"), segment.hasSuffix("}"), segment.count > 2 {
                guard names.insert(segment).inserted else { throw Wrong("'\(segment)' is there twice") }
            } else {
                let isPlain = segment.utf8.allSatisfy { byte in
                    byte > 0x20 && byte < 0x7f && !#"{}%*?#"<>\^`|"#.utf8.contains(byte)
                }
                guard isPlain, !segment.isEmpty, segment != ".", segment != ".." else {
                    throw Wrong("'\(segment)' is no segment of a path")
                }
            }
        }
        return String(word)
    }

    private static func read(option word: Substring, into route: inout GatewayRoute) throws(Wrong) {
        if let access = GatewayRoute.Access(rawValue: String(word)) {
            route.access = access
            return
        }
        guard let equals = word.firstIndex(of: "=") else { throw Wrong("'\(word)' is not understood") }
        let value = String(word[word.index(after: equals)...])
        switch word[..<equals] {
        case "roles":
            route.roles = value.split(separator: ",").map(String.init)
            guard !route.roles.isEmpty else { throw Wrong("roles= names none") }
        case "body": route.bodyLimit = try read(value, .bytes(0...(1 << 50)))
        case "timeout": route.timeout = try read(value, .duration(.milliseconds(1) ... .seconds(7 * 86_400)))
        case "silence": route.silence = try read(value, .duration(.milliseconds(1) ... .seconds(7 * 86_400)))
        case "concurrency": route.concurrency = try concurrency(value)
        case "rate": route.rate = try rate(value)
        default: throw Wrong("'\(word)' is not understood")
        }
    }

    private static func read<Value>(_ text: String, _ kind: SettingKind<Value>) throws(Wrong) -> Value {
        guard let value = kind.parse(text) else { throw Wrong("'\(text)' is not \(kind.expectation)") }
        return value
    }

    /// `100/s`, `600/m`, `1000/h`, then whose they are: `600/m/address`.
    private static func rate(_ text: String) throws(Wrong) -> RateRule {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let windows: [Substring: Duration] = ["s": .seconds(1), "m": .seconds(60), "h": .seconds(3600)]
        let key = parts.count == 3 ? LimitKey(rawValue: String(parts[2])) : .user
        guard (2...3).contains(parts.count), let key, let requests = Int(parts[0]),
            (1...1_000_000_000).contains(requests),
            let window = windows[parts[1]]
        else { throw Wrong("'\(text)' is no rate such as 100/s or 600/m/address") }
        return RateRule(requests: requests, window: window, key: key)
    }

    /// `32` for the whole route, `8/user`, `16/address`; several with commas between.
    private static func concurrency(_ text: String) throws(Wrong) -> [ConcurrencyRule] {
        var rules: [ConcurrencyRule] = []
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            let parts = item.split(separator: "/", omittingEmptySubsequences: false)
            let key = parts.count == 2 ? LimitKey(rawValue: String(parts[1])) : .route
            guard parts.count <= 2, let key, let requests = Int(parts[0]), (1...1_000_000).contains(requests) else {
                throw Wrong("'\(item)' is no number of requests at a time such as 32, 8/user or 16/address")
            }
            guard !rules.contains(where: { $0.key == key }) else { throw Wrong("'\(text)' says '\(key)' twice") }
            rules.append(ConcurrencyRule(requests: requests, key: key))
        }
        // The narrower limit first, so that who is over his own does not take a place of all for a moment.
        return rules.sorted { $0.key != .route && $1.key == .route }
    }
}

extension SettingKind where Value == HostPort {
    public static func address(defaultPort: Int? = nil) -> SettingKind {
        SettingKind(
            expectation: "a host and port such as db:5432",
            placeholder: HostPort("localhost:1")!,
            parse: { HostPort($0, defaultPort: defaultPort) },
            text: \.description)
    }
}

extension SettingKind where Value == BaseURL {
    public static func url(schemes: [String] = ["http", "https"]) -> SettingKind {
        SettingKind(
            expectation: "a URL such as \(schemes.first ?? "http")://host:port, without user, query and fragment, "
                + "of scheme " + schemes.joined(separator: " or "),
            placeholder: BaseURL("http://localhost")!,
            parse: { BaseURL($0, schemes: schemes) },
            text: \.description)
    }
}

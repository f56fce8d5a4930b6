import Glibc

extension SettingKind where Value == String {
    /// Where to listen: nothing is resolved for that.
    public static var listeningAddress: SettingKind {
        SettingKind(
            expectation: "a numeric address such as 127.0.0.1, 0.0.0.0 or ::1, or localhost",
            placeholder: "127.0.0.1",
            parse: { ListeningAddress.isValid($0) ? $0 : nil },
            text: { $0 })
    }
}

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

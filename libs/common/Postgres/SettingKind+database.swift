import Configuration

extension SettingKind where Value == String {
    /// The address of a database, as libpq takes it.
    public static var databaseURL: SettingKind {
        SettingKind(
            expectation: "a postgresql:// URL, as postgresql://role:password@host:5432/database",
            placeholder: "postgresql:///",
            parse: { SettingKind.string.parse($0).flatMap { DatabaseSettings.isAddress($0) ? $0 : nil } },
            text: { $0 })
    }
}

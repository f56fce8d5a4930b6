import Configuration

extension SettingKind where Value == IPNetwork {
    public static var network: SettingKind {
        SettingKind(
            expectation: "a network such as 10.0.0.0/8 or fd00::/8",
            placeholder: IPNetwork("127.0.0.1/32")!,
            parse: { IPNetwork($0) },
            text: { "\($0)" })
    }
}

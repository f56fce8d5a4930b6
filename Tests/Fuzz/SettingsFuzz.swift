import Postgres

@testable import Configuration
@testable import Service

/// Any text as the value of a setting: what a kind accepts it accepts alike as it shows it, and nothing that is shown
/// could break a line of a log or a page.
func fuzzSetting(_ bytes: UnsafeRawBufferPointer) {
    guard let first = bytes.first else { return }
    let text = String(decoding: bytes.dropFirst(), as: UTF8.self)
    switch first % 12 {
    case 0: check(.bytes(0...(1 << 40)), text)
    case 1: check(.duration(.zero ... .seconds(86_400)), text)
    case 2: check(.listeningAddress, text)
    case 3: check(.address(), text)
    case 4: check(.url(), text)
    case 5: check(.int(-1000...1_000_000), text)
    case 6: check(.port, text)
    case 7: check(.double(0...1), text)
    case 8: check(.bool, text)
    case 9: check(.string, text)
    case 10: check(.databaseURL, text)
    default: check(.list(of: .port, maximum: 8), text)
    }
    checkReader(text)
}

private func check<Value>(_ kind: SettingKind<Value>, _ text: String) {
    let text = trimmed(text)
    guard !text.isEmpty, let value = kind.parse(text) else { return }
    let shown = kind.text(value)
    precondition(shown.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }, "shown with control characters: \(shown)")
    guard let again = kind.parse(shown) else { preconditionFailure("'\(shown)' is not accepted again") }
    precondition(kind.text(again) == shown, "'\(shown)' becomes '\(kind.text(again))'")
}

/// Lines of an environment, read as a service reads them: wrong ones leave a line each, and a secret shows nowhere.
private func checkReader(_ text: String) {
    // What is no secret may well be shown.
    guard !text.contains("hunter2") else { return }
    var environment: [String: String] = [:]
    for line in text.split(separator: "\n", maxSplits: 16) {
        let parts = line.split(separator: "=", maxSplits: 1)
        if parts.count == 2 { environment[String(parts[0])] = String(parts[1]) }
    }
    environment["DATABASE_URL"] = "hunter2-\(text.utf8.count)"
    environment["DATABASE_URL_FILE"] = nil
    let command = SettingsCommand(service: "fuzz", about: "is tested", prefix: "FUZZ")
    for arguments in [[], ["--check-config"]] {
        guard
            case .finish(let page, _) = command.run(FuzzSettings.self, arguments: arguments, environment: environment)
        else { preconditionFailure("a database without an address was accepted") }
        precondition(!page.contains("hunter2"))
    }
}

private struct FuzzSettings: Settings {
    init(_ settings: inout SettingsReader) {
        _ = CommonSettings(&settings, port: 8080, internalPort: 9080)
        _ = DatabaseSettings(&settings, applicationName: "fuzz")
    }
}

import Glibc
import Testing

@testable import Configuration

@Suite("Reading settings")
struct SettingsReaderTests {
    private func reader(_ environment: [String: String], files: [String: String] = [:]) -> SettingsReader {
        SettingsReader(prefix: "GATEWAY", environment: environment) { path throws(SettingFile.Failure) in
            guard let text = files[path] else { throw SettingFile.Failure(reason: "cannot be opened (No such file)") }
            return text
        }
    }

    @Test(
        "A service's own variable wins over the shared one, and an empty one counts as not set",
        arguments: [
            ([:], 8080), (["PORT": "1"], 1), (["GATEWAY_PORT": "2"], 2), (["PORT": "1", "GATEWAY_PORT": "2"], 2),
            (["PORT": "1", "GATEWAY_PORT": " "], 1), (["PORT": ""], 8080), (["PORT": " 3 "], 3),
        ] as [([String: String], Int)])
    func precedence(environment: [String: String], expected: Int) {
        var settings = reader(environment)
        #expect(settings.value("PORT", .port, default: 8080, "the port") == expected)
        #expect(settings.problems.isEmpty)
    }

    @Test("A name that bears the prefix is looked up as it is")
    func prefixedName() {
        var settings = reader(["GATEWAY_PORT": "2", "GATEWAY_GATEWAY_PORT": "3"])
        #expect(settings.value("GATEWAY_PORT", .port, default: 8080, "the port") == 2)
    }

    @Test("A wrong value, named as it was set, is one line")
    func wrong() {
        var settings = reader(["GATEWAY_PORT": "80a", "LEVEL": "lo\nud\u{1B}"])
        _ = settings.value("PORT", .port, default: 8080, "the port")
        _ = settings.value("LEVEL", .choice([("info", 1), ("debug", 2)]), default: 1, "the level")
        #expect(
            settings.problems == [
                #"GATEWAY_PORT is "80a": expected a whole number from 0 to 65535"#,
                #"LEVEL is "lo\nud\u{1B}": expected one of info, debug"#,
            ])
    }

    @Test("A long value is cut, and secrets in a plain one are masked")
    func shownValues() {
        var settings = reader(["A": String(repeating: "x", count: 10_000), "B": "http://u:hunter2@db"])
        _ = settings.value("A", .bool, default: true, "a")
        _ = settings.optional("B", .url(), "b")
        #expect(settings.problems[0].utf8.count < 200)
        #expect(settings.problems[1].hasPrefix(#"B is "http://u:[redacted]@db": expected a URL"#))
    }

    @Test("A missing one is named with what is expected and what it is for")
    func missing() {
        var settings = reader([:])
        #expect(settings.required("BUCKET", .string(maximumLength: 63), "where objects are kept") == "")
        #expect(settings.optional("OTHER", .string, "may be absent") == nil)
        #expect(settings.problems == ["BUCKET is not set: expected text of at most 63 bytes (where objects are kept)"])
    }

    @Test("A secret comes from its variable or from a file, whose last newline does not count")
    func secretFile() {
        let files = ["/run/a": "hunter2\n", "/run/b": "own"]
        var shared = reader(["KEY_FILE": "/run/a"], files: files)
        #expect(shared.required("KEY", .string, "k", isSecret: true) == "hunter2")
        var own = reader(["KEY_FILE": "/run/a", "GATEWAY_KEY_FILE": "/run/b"], files: files)
        #expect(own.required("KEY", .string, "k", isSecret: true) == "own")
        var direct = reader(["KEY": "direct"])
        #expect(direct.required("KEY", .string, "k", isSecret: true) == "direct")
        var plain = reader(["NAME_FILE": "/run/a"], files: files)
        #expect(plain.optional("NAME", .string, "not a secret") == nil)
    }

    @Test(
        "What is wrong with a secret is said without showing it",
        arguments: [
            (["KEY": "hunter2"], "KEY has a wrong value, not shown as it is a secret: expected a whole number"),
            (
                ["KEY_FILE": "/run/text"],
                "KEY (from the file /run/text) has a wrong value, not shown as it is a secret: expected a whole number"
            ),
            (["KEY": "1", "KEY_FILE": "/run/text"], "KEY and KEY_FILE are both set: expected one of them"),
            (["KEY_FILE": "/nowhere"], #"KEY_FILE is "/nowhere": cannot be opened (No such file)"#),
            (["GATEWAY_KEY_FILE": "/run/empty"], #"GATEWAY_KEY_FILE is "/run/empty": the file is empty"#),
        ])
    func wrongSecret(environment: [String: String], expected: String) {
        var settings = reader(environment, files: ["/run/text": "hunter2", "/run/empty": " \n"])
        _ = settings.required("KEY", .int(), "k", isSecret: true)
        #expect(settings.problems == [expected])
    }

    @Test("Settings that do not fit each other are a problem, unless one of them is wrong itself")
    func checks() {
        var settings = reader([:])
        settings.check(true, "no")
        settings.check(false, "LOW exceeds HIGH")
        #expect(settings.problems == ["LOW exceeds HIGH"])
        var other = reader(["LOW": "x"])
        _ = other.value("LOW", .int(), default: 1, "low")
        other.check(false, "LOW exceeds HIGH")
        #expect(other.problems.count == 1)
    }

    @Test("A variable of the service that is no setting is warned about, with what may have been meant")
    func warnings() {
        var settings = reader(
            [
                "GATEWAY_PROT": "1", "GATEWAY_ZZZZZZZZZZZZZZ": "1", "PROT": "1", "GATEWAY_PORT": "1",
                "GATEWAY_KEY_FILE": "/x",
                "GATEWAYS": "1", "GATEWAY_PORT_FILE": "/x",
            ], files: ["/x": "1"])
        _ = settings.value("PORT", .port, default: 1, "port")
        _ = settings.optional("KEY", .string, "key", isSecret: true)
        #expect(
            settings.warnings == [
                "GATEWAY_PORT_FILE is set but is not a setting",
                "GATEWAY_PROT is set but is not a setting: did you mean GATEWAY_PORT?",
                "GATEWAY_ZZZZZZZZZZZZZZ is set but is not a setting",
            ])
    }

    @Test(
        "The distance between words counts letters added, dropped, replaced and swapped",
        arguments: [
            ("", "", 0), ("a", "", 1), ("PORT", "PORT", 0), ("PROT", "PORT", 1), ("POT", "PORT", 1),
            ("PORTS", "PORT", 1),
            ("PART", "PORT", 1), ("ABC", "CBA", 2), ("kitten", "sitting", 3),
        ])
    func distance(left: String, right: String, expected: Int) {
        #expect(editDistance(left, right) == expected)
        #expect(editDistance(right, left) == expected)
    }

    @Test("A secret's file is bounded, readable and text")
    func files() throws {
        var template = Array("/tmp/settings-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        try #require(descriptor >= 0)
        let path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        defer {
            close(descriptor)
            unlink(path)
        }
        func write(_ bytes: [UInt8]) {
            ftruncate(descriptor, 0)
            _ = pwrite(descriptor, bytes, bytes.count, 0)
        }
        write(Array("hunter2\n".utf8))
        #expect(try SettingFile.read(path) == "hunter2\n")
        write([UInt8](repeating: 0x61, count: 64 * 1024))
        #expect(try SettingFile.read(path).utf8.count == 64 * 1024)
        write([UInt8](repeating: 0x61, count: 64 * 1024 + 1))
        #expect(throws: SettingFile.Failure.self) { try SettingFile.read(path) }
        write([0xFF, 0xFE])
        #expect(throws: SettingFile.Failure.self) { try SettingFile.read(path) }
        #expect(throws: SettingFile.Failure.self) { try SettingFile.read("/tmp") }
        #expect(throws: SettingFile.Failure.self) { try SettingFile.read("/nowhere/at/all") }
    }

    @Test("The environment of a process is read as getenv would, and holds what this one was started with")
    func processEnvironment() throws {
        let bytes = Array("A=1\0B=x=y\0A=2\0odd\0EMPTY=\0".utf8)
        #expect(ProcessEnvironment.parse(bytes) == ["A": "1", "B": "x=y", "EMPTY": ""])
        let path = try #require(getenv("PATH").map { String(cString: $0) })
        #expect(ProcessEnvironment.current()["PATH"] == path)
    }
}

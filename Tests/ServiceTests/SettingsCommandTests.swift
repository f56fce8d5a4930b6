import Telemetry
import Testing

@testable import Configuration
@testable import Service

private struct SampleSettings: Settings {
    let port: Int
    let bucket: String
    let key: String?
    let origins: [String]

    init(_ settings: inout SettingsReader) {
        port = settings.value("PORT", .port, default: 8080, "the port that clients use; 0 picks a free one")
        bucket = settings.required("BUCKET", .string(maximumLength: 63), "where objects are kept")
        key = settings.optional("SIGNING_KEY", .string(maximumLength: 100), "signs tokens", isSecret: true)
        origins = settings.value(
            "ORIGINS", .list(of: .string(maximumLength: 9), maximum: 5), default: [], "who may call")
    }
}

@Suite("The command line of a service")
struct SettingsCommandTests {
    private let command = SettingsCommand(service: "sample", about: "an example", prefix: "SAMPLE")

    private func finished(_ arguments: [String], _ environment: [String: String]) -> (text: String, status: Int32)? {
        guard
            case .finish(let text, let status) = command.run(
                SampleSettings.self, arguments: arguments, environment: environment)
        else { return nil }
        return (text, status)
    }

    @Test("Right settings start the service")
    func start() throws {
        let outcome = command.run(
            SampleSettings.self, arguments: [],
            environment: ["BUCKET": "b", "SAMPLE_PORT": "0", "ORIGINS": "a, b", "SAMPLE_PROT": "1"])
        guard case .start(let settings, let warnings) = outcome else {
            Issue.record("did not start")
            return
        }
        #expect(settings.port == 0 && settings.bucket == "b" && settings.key == nil && settings.origins == ["a", "b"])
        #expect(warnings == ["SAMPLE_PROT is set but is not a setting: did you mean SAMPLE_PORT?"])
    }

    @Test("A wrong one stops the start with one line, which tells how many more there are")
    func stop() throws {
        let one = try #require(finished([], ["BUCKET": "b", "SAMPLE_PORT": "80a"]))
        #expect(one.text == "settings: SAMPLE_PORT is \"80a\": expected a whole number from 0 to 65535\n")
        #expect(one.status == 1)
        let two = try #require(finished([], ["SAMPLE_PORT": "80a"]))
        #expect(
            two.text == "settings: SAMPLE_PORT is \"80a\": expected a whole number from 0 to 65535"
                + " (and 1 more: see --check-config)\n")
    }

    @Test("--help prints every setting, aligned, whatever the environment", arguments: ["--help", "-h"])
    func help(option: String) throws {
        let help = try #require(finished([option], ["SAMPLE_PORT": "80a"]))
        #expect(help.status == 0)
        #expect(
            help.text == """
                sample: an example

                usage: sample [--help | --check-config | --probe | --version]

                  --check-config  prints the settings in use, and what is wrong with them
                  --probe         asks the running service whether it is alive: 0 if it is, 1 if not

                Settings are environment variables. Each may also be given as SAMPLE_NAME for this service alone; a secret
                also as NAME_FILE with the path of a file that holds it.

                  PORT         8080      the port that clients use; 0 picks a free one
                                         a whole number from 0 to 65535
                  BUCKET       required  where objects are kept
                                         text of at most 63 bytes
                  SIGNING_KEY  none      signs tokens
                                         text of at most 100 bytes; a secret
                  ORIGINS      empty     who may call
                                         a list, separated by commas, of at most 5, each text of at most 9 bytes

                """)
    }

    @Test("--check-config prints each value and where it comes from, and no secret")
    func check() throws {
        let check = try #require(
            finished(["--check-config"], ["BUCKET": "b", "SAMPLE_PORT": "81", "SIGNING_KEY": "hunter2"]))
        #expect(check.status == 0)
        #expect(
            check.text == """
                PORT         81     environment, SAMPLE_PORT
                BUCKET       b      environment
                SIGNING_KEY  set    environment
                ORIGINS      empty  default
                settings: all right

                """)
    }

    @Test("--check-config prints all problems and warnings, and fails")
    func checkProblems() throws {
        let check = try #require(
            finished(["--check-config"], ["SAMPLE_PORT": "80a", "SAMPLE_BUKET": "b", "SIGNING_KEY_FILE": "/nowhere"]))
        #expect(check.status == 1)
        #expect(
            check.text == """
                PORT         wrong  environment, SAMPLE_PORT
                BUCKET       wrong  see below
                SIGNING_KEY  wrong  see below
                ORIGINS      empty  default
                warning: SAMPLE_BUKET is set but is not a setting: did you mean SAMPLE_BUCKET?
                wrong: SAMPLE_PORT is "80a": expected a whole number from 0 to 65535
                wrong: BUCKET is not set: expected text of at most 63 bytes (where objects are kept)
                wrong: SIGNING_KEY_FILE is "/nowhere": cannot be opened (No such file or directory)
                settings: 3 wrong

                """)
    }

    @Test("--version names the service and the version of the product")
    func version() throws {
        let version = try #require(finished(["--version"], [:]))
        #expect(version.text == "sample \(Product.version)\n" && version.status == 0)
    }

    @Test("--probe takes the settings of the service, which must be right")
    func probe() throws {
        let outcome = command.run(SampleSettings.self, arguments: ["--probe"], environment: ["BUCKET": "b"])
        guard case .probe(let settings) = outcome else {
            Issue.record("no probe")
            return
        }
        #expect(settings.port == 8080)
        #expect(finished(["--probe"], [:])?.status == 1)
    }

    @Test("An option stands alone", arguments: ["--help", "-h", "--check-config", "--version", "--probe"])
    func alone(option: String) throws {
        let refused = try #require(finished([option, "junk"], ["BUCKET": "b"]))
        #expect(refused.status == 2)
        #expect(refused.text == "sample: \(option) stands alone; see --help\n")
    }

    @Test("Another option is refused")
    func unknownOption() throws {
        let refused = try #require(finished(["--hepl"], [:]))
        #expect(refused.status == 2)
        #expect(refused.text == "sample: no such option: \"--hepl\"; see --help\n")
    }
}

@Suite("Settings of every service")
struct CommonSettingsTests {
    private struct Sample: Settings {
        let common: CommonSettings

        init(_ settings: inout SettingsReader) {
            common = CommonSettings(&settings, port: 8080, internalPort: 9080)
        }
    }

    private let command = SettingsCommand(service: "sample", about: "an example", prefix: "SAMPLE")

    private func settings(_ environment: [String: String]) -> CommonSettings? {
        guard
            case .start(let settings, _) = command.run(Sample.self, arguments: [], environment: environment)
        else { return nil }
        return settings.common
    }

    @Test("Without any variable they are safe for a developer's machine")
    func defaults() throws {
        let common = try #require(settings([:]))
        #expect(common.host == "127.0.0.1" && common.port == 8080 && common.internalPort == 9080)
        #expect(common.logLevel == .info && common.logFormatChoice == .auto)
        #expect(common.traceEndpoint == nil && common.traceSampleRatio == 1)
        #expect(common.loops == 0 && common.blockingThreads == 4)
        #expect(common.drainGrace == .zero && common.drainTimeout == .seconds(30))
        #expect(common.requestTimeout == .seconds(60))
        #expect(common.limits.maximumConnections == 10_000)
        #expect(common.limits.maximumHeaderBytes == 16_384 && common.limits.maximumBodyBytes == 16 << 20)
        #expect(common.limits.headerTimeout == .seconds(10) && common.limits.bodyTimeout == .seconds(30))
        #expect(common.limits.idleTimeout == .seconds(75) && common.limits.writeTimeout == .seconds(30))
        #expect(common.logFormat(for: -1) == .json)
    }

    @Test("Each is read from its variable")
    func all() throws {
        let common = try #require(
            settings([
                "HOST": "0.0.0.0", "SAMPLE_PORT": "1", "INTERNAL_PORT": "2", "LOG_LEVEL": "DEBUG", "LOG_FORMAT": "text",
                "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318", "OTEL_TRACES_SAMPLER_ARG": "0.25", "LOOPS": "3",
                "BLOCKING_THREADS": "5", "DRAIN_GRACE": "5s", "DRAIN_TIMEOUT": "1m", "REQUEST_TIMEOUT": "2m",
                "MAX_CONNECTIONS": "7", "HEADER_TIMEOUT": "1s", "BODY_TIMEOUT": "2s", "IDLE_TIMEOUT": "3s",
                "WRITE_TIMEOUT": "4s", "MAX_HEADER_BYTES": "32KiB", "MAX_BODY_BYTES": "1GiB",
            ]))
        #expect(common.host == "0.0.0.0" && common.port == 1 && common.internalPort == 2)
        #expect(common.logLevel == .debug && common.logFormat(for: -1) == .text(colours: false))
        #expect(common.traceEndpoint == BaseURL("http://collector:4318") && common.traceSampleRatio == 0.25)
        #expect(common.loops == 3 && common.blockingThreads == 5)
        #expect(common.drainGrace == .seconds(5) && common.drainTimeout == .seconds(60))
        #expect(common.requestTimeout == .seconds(120))
        #expect(common.limits.maximumConnections == 7)
        #expect(common.limits.maximumHeaderBytes == 32_768 && common.limits.maximumBodyBytes == 1 << 30)
        #expect(common.limits.headerTimeout == .seconds(1) && common.limits.bodyTimeout == .seconds(2))
        #expect(common.limits.idleTimeout == .seconds(3) && common.limits.writeTimeout == .seconds(4))
    }

    @Test(
        "What could not be listened on is found beforehand",
        arguments: [
            (["HOST": "foo.example"], false), (["HOST": "[::1]"], false), (["INTERNAL_HOST": "1.2.3"], false),
            (["HOST": "localhost", "INTERNAL_HOST": "::1"], true), (["HOST": "::", "INTERNAL_HOST": "10.0.0.1"], true),
            (["PORT": "9080"], false), (["PORT": "9080", "HOST": "0.0.0.0"], false),
            (["PORT": "9080", "HOST": "localhost"], false), (["PORT": "9080", "HOST": "127.0.0.2"], true),
            (["PORT": "0", "INTERNAL_PORT": "0"], true),
        ])
    func listening(environment: [String: String], isRight: Bool) throws {
        #expect((settings(environment) != nil) == isRight)
        let check = command.run(Sample.self, arguments: ["--check-config"], environment: environment)
        guard case .finish(let text, let status) = check else {
            Issue.record("not a check")
            return
        }
        #expect((status == 0) == isRight, "\(text)")
    }

    @Test("What Kubernetes says about a service of the same name is no setting, and worth one warning")
    func foreignPort() throws {
        var environment = [
            "SAMPLE_PORT": "tcp://10.0.0.1:80", "SAMPLE_PORT_80_TCP": "tcp://10.0.0.1:80",
            "SAMPLE_PORT_80_TCP_PROTO": "tcp", "SAMPLE_SERVICE_HOST": "10.0.0.1", "SAMPLE_SERVICE_PORT": "80",
        ]
        for (port, expected) in [(nil, 8080), ("81", 81)] {
            environment["PORT"] = port
            let outcome = command.run(Sample.self, arguments: [], environment: environment)
            guard case .start(let settings, let warnings) = outcome else {
                Issue.record("did not start")
                return
            }
            #expect(settings.common.port == expected)
            #expect(warnings == ["SAMPLE_PORT is ignored: it holds the address of a service, not a port"])
        }
        #expect(settings(["SAMPLE_PORT": "tcp://nonsense"]) == nil)
    }

    @Test(
        "Each is held to its range",
        arguments: [
            ("PORT", "65536"), ("LOG_LEVEL", "loud"), ("LOG_FORMAT", "xml"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector"),
            ("OTEL_TRACES_SAMPLER_ARG", "1.1"), ("LOOPS", "-1"), ("BLOCKING_THREADS", "0"), ("REQUEST_TIMEOUT", "0"),
            ("MAX_CONNECTIONS", "0"), ("MAX_HEADER_BYTES", "1"), ("MAX_BODY_BYTES", "2TiB"), ("HEADER_TIMEOUT", "2h"),
        ])
    func ranges(name: String, value: String) {
        #expect(settings([name: value]) == nil)
    }
}

// swift-tools-version: 6.1
import PackageDescription

// One package, no remote dependencies: the toolchain and system libraries only.

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

// The runtime's own modules: their objects belong to one loop or one decoding each, so checking every access for
// overlap at run time buys nothing in a release build. Debug builds and sanitizer runs keep the checks.
let runtime = strict + [.unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))]

func library(_ name: String, _ dependencies: [Target.Dependency] = [], settings: [SwiftSetting] = strict) -> Target {
    .target(name: name, dependencies: dependencies, path: "libs/common/\(name)", swiftSettings: settings)
}

/// Plain functions in C over a system library, for what its macros, long jumps and threads keep from Swift.
func shim(_ name: String, over system: String) -> Target {
    .target(name: name, path: "libs/common/\(name)", linkerSettings: [.linkedLibrary(system)])
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, path: "Tests/\(name)", exclude: exclude, swiftSettings: strict)
}

var targets: [Target] = [
    // System libraries
    .target(name: "CLinux", path: "libs/common/CLinux"),
    .systemLibrary(
        name: "CCurl", path: "libs/common/CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(
        name: "CPostgres", path: "libs/common/CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(
        name: "CNGHTTP2", path: "libs/common/CNGHTTP2", pkgConfig: "libnghttp2", providers: [.apt(["libnghttp2-dev"])]),
    shim("COpenSSL", over: "crypto"),
    .target(
        name: "CTLS", path: "libs/common/CTLS", linkerSettings: [.linkedLibrary("ssl"), .linkedLibrary("crypto")]),
    shim("CPNG", over: "png"),
    shim("CJPEG", over: "jpeg"),

    // libs/common, in order: a module imports only modules above it
    library("JSON", settings: runtime),
    library("Loop", ["CLinux"], settings: runtime),
    library("Telemetry", ["CLinux", "JSON", "Loop"]),
    library("Configuration", ["Telemetry"]),
    library(
        "HTTP", ["CLinux", "CCurl", "CNGHTTP2", "CTLS", "JSON", "Loop", "Telemetry", "Configuration"], settings: runtime
    ),
    library("Crypto", ["COpenSSL"]),
    library("Tokens", ["JSON", "Loop", "Configuration", "Crypto"]),
    library(
        "Postgres", ["CLinux", "CPostgres", "JSON", "Loop", "Telemetry", "Configuration", "Crypto"], settings: runtime),
    library("Objects", ["CLinux", "JSON", "Loop", "Telemetry", "Configuration", "HTTP", "Crypto"]),
    library("Engines", ["CLinux", "JSON", "Loop", "Telemetry", "Configuration"]),
    library(
        "Jobs",
        ["JSON", "Loop", "Telemetry", "Configuration", "HTTP", "Crypto", "Tokens", "Postgres", "Objects", "Engines"]),
    library("Images", ["CPNG", "CJPEG", "Configuration", "HTTP"]),
    library("Service", ["CLinux", "JSON", "Loop", "Telemetry", "Configuration", "HTTP", "Tokens", "Postgres"]),
    library(
        "TestKit",
        [
            "CLinux", "CPostgres", "JSON", "Loop", "Telemetry", "Configuration", "HTTP", "Crypto", "Postgres",
            "Objects", "Jobs", "Service",
        ]),

    // Stands between a service and the foreign programs it runs; installed beside the services
    .executableTarget(
        name: "engine-guard", path: "libs/common/EngineGuard",
        cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])]),

    // Services
    .target(
        name: "ConsolePages", path: "services/gateway/Console", exclude: ["swagger-ui.txt"],
        resources: [
            "console.css", "console.js", "docs-missing.html", "docs.css", "docs.html", "docs.js", "icon.svg",
            "index.html",
            "jobs.js", "page.js", "services.js", "session.js",
        ].map { .embedInCode($0) }, swiftSettings: strict),
    .target(
        name: "Gateway",
        dependencies: [
            "ConsolePages", "JSON", "Loop", "Telemetry", "Configuration", "HTTP", "Crypto", "Tokens", "Postgres",
            "Service",
        ],
        path: "services/gateway/Sources", swiftSettings: strict),
    .executableTarget(
        name: "gateway", dependencies: ["Gateway", "Service"], path: "services/gateway/Main", swiftSettings: strict),

    // How to write a service: docs/writing-a-service.md
    .target(
        name: "PhotoService",
        dependencies: [
            "JSON", "Loop", "Configuration", "HTTP", "Tokens", "Postgres", "Objects", "Engines", "Jobs", "Images",
            "Service",
        ],
        path: "docs/example-service", swiftSettings: strict),

    // Benchmarks
    .executableTarget(
        name: "bench-server", dependencies: ["CLinux", "HTTP", "Loop", "Telemetry"], path: "Benchmarks/Server",
        swiftSettings: strict),
    .executableTarget(
        name: "json-bench", dependencies: ["JSON"], path: "Benchmarks/JSONBench", swiftSettings: strict),
    .executableTarget(
        name: "data-bench",
        dependencies: ["JSON", "Loop", "HTTP", "Crypto", "Tokens", "Postgres", "Objects", "Engines", "Jobs", "Images"],
        path: "Benchmarks/DataBench", swiftSettings: strict),

    // Tests
    .executableTarget(
        name: "job-worker-fixture", dependencies: ["JSON", "Loop", "HTTP", "Postgres", "Jobs"], path: "Tests/JobWorker",
        swiftSettings: strict),
    tests("JSONTests", ["JSON", "TestKit"]),
    tests("LoopTests", ["CLinux", "Loop", "TestKit"]),
    tests("TelemetryTests", ["JSON", "Loop", "Telemetry"]),
    tests(
        "HTTPTests", ["CLinux", "JSON", "Loop", "Telemetry", "HTTP", "TestKit"],
        exclude: [
            "TLS/Support/clients.py", "HTTP2/Support/wire.py", "HTTP2/Support/client.py", "HTTP2/Support/floods.py",
            "HTTP2/Support/violations.py",
        ]),
    tests("CryptoTests", ["Crypto"]),
    tests("TokensTests", ["JSON", "Loop", "Crypto", "Tokens", "TestKit"], exclude: ["Support/peer.py"]),
    tests("PostgresTests", ["CPostgres", "JSON", "Loop", "Telemetry", "Crypto", "Postgres", "TestKit"]),
    // A writer to a disk store, for the tests to kill
    .executableTarget(
        name: "object-writer", dependencies: ["Loop", "Objects"], path: "Tests/ObjectWriter", swiftSettings: strict),
    tests(
        "ObjectsTests", ["JSON", "Loop", "Telemetry", "Configuration", "HTTP", "Crypto", "Objects", "TestKit"],
        exclude: ["Support/localstack-on-loopback.py"]),
    // A service that runs an engine, for the tests to kill
    .executableTarget(
        name: "engine-host", dependencies: ["CLinux", "Engines", "Loop"], path: "Tests/EngineHost",
        swiftSettings: strict),
    tests("EnginesTests", ["CLinux", "JSON", "Loop", "Telemetry", "Engines", "TestKit"]),
    tests(
        "JobsTests",
        [
            "JSON", "Loop", "Telemetry", "Configuration", "HTTP", "Crypto", "Tokens", "Postgres", "Objects", "Engines",
            "Jobs", "TestKit",
        ]),
    tests("ImagesTests", ["JSON", "CPNG", "CJPEG", "Images", "TestKit"]),
    tests("ConfigurationTests", ["Configuration"]),
    tests(
        "ServiceTests",
        [
            "JSON", "Loop", "Telemetry", "Configuration", "HTTP", "Crypto", "Tokens", "Postgres", "Objects", "Engines",
            "Jobs", "Images", "Service", "PhotoService", "TestKit",
        ]),
    tests(
        "GatewayTests",
        [
            "JSON", "Loop", "Telemetry", "Configuration", "HTTP", "Crypto", "Tokens", "Postgres", "Service", "Gateway",
            "TestKit",
        ], exclude: ["Support/provider.py", "Support/attacks.py", "Support/early.py", "Support/browser.py"]),
]

// Fuzzing needs libFuzzer's own `main`, so these targets exist only when asked for (see `dev`).
if Context.environment["PENTAD_FUZZ"] != nil {
    targets.append(
        .executableTarget(
            name: "fuzz",
            dependencies: [
                "JSON", "Configuration", "HTTP", "Telemetry", "Crypto", "Tokens", "Postgres", "Objects", "Images",
                "Service",
            ],
            path: "Tests/Fuzz", exclude: ["Corpus"],
            swiftSettings: strict,
            // gold, the usual linker, breaks down over libFuzzer.
            linkerSettings: [.unsafeFlags(["-use-ld=lld"])]))
}

let package = Package(name: "pentad", targets: targets, swiftLanguageModes: [.v6])

import Engines
import Images
import Objects
import Service
import TestKit
import Testing

@testable import Configuration

/// The settings of modules, read as a service reads them.
@Suite("The settings of modules")
struct ModuleSettingsTests {
    private func read<Value>(
        _ environment: [String: String], _ read: (inout SettingsReader) -> Value
    ) -> (value: Value, problems: [String]) {
        var reader = SettingsReader(prefix: "TEST", environment: environment)
        let value = read(&reader)
        return (value, reader.problems)
    }

    @Test("Without settings modules have their own defaults")
    func defaults() {
        let images = read([:]) { ImageLimits(&$0) }
        #expect(images.value == ImageLimits())
        let engines = read([:]) { EngineSettings(&$0) }
        #expect(engines.value.limits == EngineLimits())
        #expect(engines.value.grace == EngineSettings().grace)
        #expect(images.problems + engines.problems == [])
    }

    @Test("A launcher is read in words, as it is shown")
    func launcher() {
        let (settings, problems) = read(["ENGINE_LAUNCHER": "srun --gres=gpu:1 --comment='two words'"]) {
            EngineSettings(&$0)
        }
        #expect(problems == [])
        #expect(settings.launcher.words == ["srun", "--gres=gpu:1", "--comment=two words"])
        let shown = SettingKind.launcher.text(settings.launcher)
        #expect(SettingKind.launcher.parse(shown) == settings.launcher)
        let wrong = read(["ENGINE_LAUNCHER": "srun; rm -rf x"]) { EngineSettings(&$0) }
        #expect(wrong.problems.count == 1)
        let slow = read(["ENGINE_GRACE": "30s"]) { EngineSettings(&$0) }
        #expect(slow.problems.count == 1)
    }

    @Test("An S3 endpoint makes a client of S3; a disk store wants its folder and where it is reached")
    func objects() throws {
        let keys = ["OBJECTS_ACCESS_KEY": "key", "OBJECTS_SECRET_KEY": "hunter2"]
        let remote = read(keys.merging(["OBJECTS_S3_ENDPOINT": "https://s3.example.org"]) { $1 }) {
            ObjectStoreSettings(&$0, bucket: "masks")
        }
        #expect(remote.problems == [])
        guard case .s3(let s3) = remote.value.kind else { return #expect(Bool(false), "expected S3") }
        #expect(s3.endpoint == ObjectEndpoint("https://s3.example.org"))
        #expect(remote.value.bucket == BucketName("masks"))

        let disk = ["OBJECTS_DISK_ROOT": "/var/lib/x", "OBJECTS_PUBLIC_ENDPOINT": "http://127.0.0.1:8080"]
        let local = read(keys.merging(disk) { $1 }) { ObjectStoreSettings(&$0, bucket: "masks") }
        #expect(local.problems == [])
        guard case .disk(let settings) = local.value.kind else { return #expect(Bool(false), "expected a disk") }
        #expect(settings.root == "/var/lib/x")

        let nothing = read(keys) { ObjectStoreSettings(&$0, bucket: "masks") }
        #expect(nothing.problems.first?.contains("OBJECTS_DISK_ROOT") == true)
        let keyless = read(disk) { ObjectStoreSettings(&$0, bucket: "masks") }
        #expect(keyless.problems.first?.contains("OBJECTS_SECRET_KEY") == true)
        let wrong = read(keys.merging(["OBJECTS_S3_ENDPOINT": "https://host/path"]) { $1 }) {
            ObjectStoreSettings(&$0, bucket: "masks")
        }
        #expect(!wrong.problems.isEmpty)
        #expect(!wrong.problems.joined().contains("hunter2"))
    }

    @Test("Folders that clients may name are a list, and nothing else")
    func folders() {
        let (folders, problems) = read(["FOLDERS": "s3://scans/in, s3://scans/out"]) {
            $0.value("FOLDERS", .folders, default: AllowedFolders([]), "where clients may point to")
        }
        #expect(problems == [])
        #expect(folders.folders.count == 2)
        let wrong = read(["FOLDERS": "s3://scans/../x"]) {
            $0.value("FOLDERS", .folders, default: AllowedFolders([]), "where clients may point to")
        }
        #expect(wrong.problems.count == 1)
    }
}

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

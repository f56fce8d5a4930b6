import Testing

@testable import HTTP

@Suite("Patterns and the tree of routes")
struct RouteTreeTests {
    private func tree(_ patterns: [String]) -> RouteTree<String> {
        var tree = RouteTree<String>()
        for pattern in patterns { tree.update(PathPattern(pattern), default: { "" }) { $0 = pattern } }
        return tree
    }

    private func match(_ tree: RouteTree<String>, _ path: String) -> [String]? {
        // Bytes around the path show whether the tree looks beyond it.
        let bytes = Array("GET \(path)/beyond".utf8)
        return bytes.withUnsafeBytes { bytes in
            tree.match(bytes, 4..<4 + path.utf8.count).map { found in
                [found.value] + found.ranges.map { String(decoding: bytes[$0], as: UTF8.self) }
            }
        }
    }

    private static let patterns = [
        "/", "/jobs", "/jobs/{id}", "/jobs/new", "/jobs/{id}/artifacts/{name}", "/jobs/new/{kind}", "/objects/**",
        "/objects/{id}", "/a/{x}/c", "/a/b/d", "/files/{id}/**",
    ]

    @Test(
        "a path finds its route",
        arguments: [
            ("/", ["/"]), ("/jobs", ["/jobs"]), ("/jobs/7", ["/jobs/{id}", "7"]),
            ("/jobs/new", ["/jobs/new"]), ("/jobs/newer", ["/jobs/{id}", "newer"]),
            ("/jobs/7/artifacts/x.txt", ["/jobs/{id}/artifacts/{name}", "7", "x.txt"]),
            // A literal that leads nowhere gives way to the parameter.
            ("/jobs/new/artifacts/x", ["/jobs/{id}/artifacts/{name}", "new", "x"]),
            ("/jobs/new/x", ["/jobs/new/{kind}", "x"]),
            ("/objects/a", ["/objects/{id}", "a"]), ("/objects/a/b/c", ["/objects/**", "a/b/c"]),
            ("/a/b/c", ["/a/{x}/c", "b"]), ("/a/b/d", ["/a/b/d"]), ("/files/1/a/b", ["/files/{id}/**", "1", "a/b"]),
            ("/jobs/a%20b", ["/jobs/{id}", "a%20b"]), ("/objects/a/", ["/objects/**", "a/"]),
        ])
    func found(path: String, expected: [String]) {
        #expect(match(tree(Self.patterns), path) == expected)
    }

    @Test(
        "a path that is no route finds nothing",
        arguments: [
            "/job", "/jobs/", "/jobsx", "/jobs/7/", "/jobs/7/artifacts", "/jobs/7/artifacts/", "/objects", "/objects/",
            "/a/b", "/a/b/e",
            "/JOBS", "/files/1", "/files/1/", "/files//a",
        ])
    func notFound(path: String) {
        #expect(match(tree(Self.patterns), path) == nil)
    }

    @Test("an empty tree finds nothing")
    func empty() {
        #expect(match(RouteTree<String>(), "/") == nil && match(RouteTree<String>(), "/a") == nil)
    }

    @Test("the segments and names of a pattern")
    func segments() {
        let pattern = PathPattern("/jobs/{id}/files/**")
        #expect(pattern.segments == [.literal("jobs"), .parameter("id"), .literal("files"), .rest])
        #expect(pattern.parameterNames == ["id"] && pattern.text == "/jobs/{id}/files/**")
        #expect(PathPattern("/").segments.isEmpty)
    }

    @Test(
        "a wrong pattern stops the program", arguments: ["a", "", "/a/", "/a//b", "/{a}/{a}", "/**/a", "/a{b}", "/{a"])
    func wrong(pattern: String) async {
        await #expect(processExitsWith: .failure) { [pattern] in _ = PathPattern(pattern) }
    }
}

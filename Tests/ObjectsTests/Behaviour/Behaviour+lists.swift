import Objects
import TestKit
import Testing

extension Behaviour {
    private static let listed = [
        "a-b", "a.b/1", "a/1", "a/2", "a/b/1", "a/b/2", "a0", "b", "c/d/e", "한/국",
    ]

    static let lists = [
        Behaviour("A list is in the order of bytes, and its pages make the whole") { bucket in
            for key in listed.reversed() { try await bucket.store.put(bucket.location(key), .text(key)) }
            for size in [1, 3, 100] {
                var keys: [String] = []
                for try await page in bucket.store.pages(of: ListRequest(bucket.folder(), pageSize: size)) {
                    #expect(page.objects.count <= size)
                    keys += page.objects.map(\.key.description)
                    for object in page.objects { #expect(object.size == object.key.description.utf8.count) }
                }
                #expect(keys == listed, "pages of \(size)")
            }
        },
        Behaviour("A shallow list folds what lies deeper") { bucket in
            for key in listed { try await bucket.store.put(bucket.location(key), .text(key)) }
            for (prefix, keys, folders) in [
                ("", ["a-b", "a0", "b"], ["a.b/", "a/", "c/", "한/"]), ("a/", ["a/1", "a/2"], ["a/b/"]),
                ("a", ["a-b", "a0"], ["a.b/", "a/"]), ("c/d", [], ["c/d/"]), ("a/b/", ["a/b/1", "a/b/2"], []),
                ("none/", [], []),
            ] as [(String, [String], [String])] {
                for size in [1, 2, 100] {
                    var (foundKeys, foundFolders): ([String], [String]) = ([], [])
                    let request = ListRequest(bucket.folder(prefix), isShallow: true, pageSize: size)
                    for try await page in bucket.store.pages(of: request) {
                        foundKeys += page.objects.map(\.key.description)
                        foundFolders += page.folders.map(\.description)
                    }
                    #expect(foundKeys == keys && foundFolders == folders, "'\(prefix)', pages of \(size)")
                }
            }
        },
        Behaviour("A prefix need not end with a folder") { bucket in
            for key in listed { try await bucket.store.put(bucket.location(key), .text(key)) }
            let page = try await bucket.store.list(ListRequest(bucket.folder("a/b")))
            #expect(page.objects.map(\.key.description) == ["a/b/1", "a/b/2"])
            let nothing = try await bucket.store.list(ListRequest(bucket.folder("z")))
            #expect(nothing.objects.isEmpty && nothing.continuation == nil)
        },
        Behaviour("An empty bucket has an empty list") { bucket in
            let page = try await bucket.store.list(ListRequest(bucket.folder()))
            #expect(page.objects.isEmpty && page.folders.isEmpty && page.continuation == nil)
        },
    ]
}

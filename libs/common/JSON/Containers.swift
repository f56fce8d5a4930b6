/// Keyed containers that are used again once nobody holds them.
///
/// Codable asks anew for a container for each object, and making one looks up generic types and allocates: for a small
/// object that costs more than reading it. In an array of such objects one container serves all of them, moved from
/// place to place.
final class Containers {
    /// The box of a `KeyedDecodingContainer` or `KeyedEncodingContainer`, which is a reference to it and nothing else.
    /// A type of its own, since `AnyObject` would be held once more while it is asked whether others hold it.
    final class Box {
        private init() {}
    }

    private struct Entry {
        let key: ObjectIdentifier
        var box: Box
        /// What says where the container reads or writes.
        let place: AnyObject
    }

    /// As many kinds of objects as are usually within one another.
    private static let capacity = 4

    private let entries = UnsafeMutablePointer<Entry>.allocate(capacity: Containers.capacity)
    private var count = 0
    private var oldest = 0
    /// Whether containers are kept; they refer to what keeps them, so this must end with the coding.
    private var isOpen = false

    deinit {
        close()
        entries.deallocate()
    }

    func open() {
        isOpen = true
    }

    func close() {
        isOpen = false
        entries.deinitialize(count: count)
        count = 0
    }

    /// A container for these keys that is not in use.
    @inline(__always)
    func unused(_ key: ObjectIdentifier) -> Int? {
        var index = 0
        while index < count {
            if entries[index].key == key, isKnownUniquelyReferenced(&entries[index].box) { return index }
            index &+= 1
        }
        return nil
    }

    @inline(__always)
    func box(_ index: Int) -> Box { entries[index].box }

    @inline(__always)
    func place<Place: AnyObject>(_ index: Int, as type: Place.Type) -> Place {
        unsafeDowncast(entries[index].place, to: type)
    }

    @inline(never)
    func keep(_ box: Box, _ place: AnyObject, for key: ObjectIdentifier) {
        guard isOpen else { return }
        let entry = Entry(key: key, box: box, place: place)
        if count < Self.capacity {
            (entries + count).initialize(to: entry)
            count += 1
        } else {
            entries[oldest] = entry
            oldest = (oldest + 1) % Self.capacity
        }
    }
}

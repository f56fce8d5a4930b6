/// Parameters in the arrays of pointers that libpq wants; the arrays are kept from statement to statement.
struct Arguments {
    struct Pointers {
        let count: Int32
        let types: UnsafePointer<UInt32>?
        let values: UnsafePointer<UnsafePointer<CChar>?>?
        let lengths: UnsafePointer<Int32>?
        let formats: UnsafePointer<Int32>?
    }

    private var types: [UInt32] = []
    private var values: [UnsafePointer<CChar>?] = []
    private var lengths: [Int32] = []
    private var formats: [Int32] = []

    mutating func with<Result>(_ parameters: Parameters, _ body: (Pointers) -> Result) -> Result {
        types.removeAll(keepingCapacity: true)
        values.removeAll(keepingCapacity: true)
        lengths.removeAll(keepingCapacity: true)
        formats.removeAll(keepingCapacity: true)
        return parameters.bytes.withUnsafeBytes { bytes in
            for slot in parameters.slots {
                types.append(slot.type.identifier)
                lengths.append(Int32(max(0, slot.length)))
                formats.append(slot.type.isBinary ? 1 : 0)
                values.append(slot.length < 0 ? nil : Self.address(bytes, slot.offset))
            }
            return types.withUnsafeBufferPointer { types in
                values.withUnsafeBufferPointer { values in
                    lengths.withUnsafeBufferPointer { lengths in
                        formats.withUnsafeBufferPointer { formats in
                            body(
                                Pointers(
                                    count: Int32(parameters.count), types: types.baseAddress,
                                    values: values.baseAddress, lengths: lengths.baseAddress,
                                    formats: formats.baseAddress))
                        }
                    }
                }
            }
        }
    }

    /// An empty value is a value, too: libpq takes a null pointer for NULL.
    private static func address(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UnsafePointer<CChar> {
        guard let base = bytes.baseAddress else { return empty }
        return (base + offset).assumingMemoryBound(to: CChar.self)
    }

    private static nonisolated(unsafe) let empty: UnsafePointer<CChar> = {
        // Never written and never freed.
        let pointer = UnsafeMutablePointer<CChar>.allocate(capacity: 1)
        pointer.initialize(to: 0)
        return UnsafePointer(pointer)
    }()
}

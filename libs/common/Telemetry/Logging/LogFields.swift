/// Named values of a record, in the order in which they were given. A name occurs once: the last value holds.
public struct LogFields: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    public struct Field: Sendable, Equatable {
        public let name: String
        public let value: LogValue
    }

    public private(set) var all: [Field] = []

    public init() {}

    public init(dictionaryLiteral elements: (String, LogValue)...) {
        all.reserveCapacity(elements.count)
        for (name, value) in elements { self[name] = value }
    }

    public var isEmpty: Bool { all.isEmpty }

    public subscript(name: String) -> LogValue? {
        get { all.first { $0.name == name }?.value }
        set {
            let index = all.firstIndex { $0.name == name }
            switch (index, newValue) {
            case (let index?, let value?): all[index] = Field(name: name, value: value)
            case (let index?, nil): all.remove(at: index)
            case (nil, let value?): all.append(Field(name: name, value: value))
            case (nil, nil): break
            }
        }
    }

    /// These fields and then the others; of two with the same name the other's value holds.
    public func merging(_ others: LogFields) -> LogFields {
        if isEmpty { return others }
        var merged = self
        merged.all.reserveCapacity(all.count + others.all.count)
        for field in others.all { merged[field.name] = field.value }
        return merged
    }
}

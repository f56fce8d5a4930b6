extension JSONError {
    /// An error that a type's own `init(from:)` threw, with the place it was thrown from.
    ///
    /// `DecodingError` names its place itself; any other error is taken to concern the value being decoded.
    init(thrownByDecoding error: any Error, at steps: [Step]) {
        switch error {
        case let error as JSONError:
            self = error
        case DecodingError.keyNotFound(let key, let context):
            self.init(
                kind: .missingField, message: "missing field '\(key.stringValue)'",
                steps: Step.steps(context.codingPath))
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
            self.init(kind: .wrongType, message: context.debugDescription, steps: Step.steps(context.codingPath))
        case DecodingError.dataCorrupted(let context):
            self.init(kind: .invalidValue, message: context.debugDescription, steps: Step.steps(context.codingPath))
        default:
            self.init(kind: .invalidValue, message: String(describing: error), steps: steps)
        }
    }

    /// An error that a type's own `encode(to:)` threw.
    init(thrownByEncoding error: any Error, at steps: [Step]) {
        switch error {
        case let error as JSONError:
            self = error
        case EncodingError.invalidValue(_, let context):
            self.init(kind: .invalidValue, message: context.debugDescription, steps: Step.steps(context.codingPath))
        default:
            self.init(kind: .invalidValue, message: String(describing: error), steps: steps)
        }
    }
}

extension JSONError.Step {
    static func steps(_ path: [any CodingKey]) -> [Self] {
        path.map { key in
            if let key = key as? PathKey { return key.step }
            return key.intValue.map(Self.index) ?? .key(key.stringValue)
        }
    }
}

/// A step as Codable wants it, for `codingPath` and `super`.
struct PathKey: CodingKey {
    let step: JSONError.Step

    init(_ step: JSONError.Step) {
        self.step = step
    }

    init(stringValue: String) {
        step = .key(stringValue)
    }

    init(intValue: Int) {
        step = .index(intValue)
    }

    static let `super` = PathKey(stringValue: "super")

    var stringValue: String {
        switch step {
        case .key(let key): key
        case .index(let index): "Index \(index)"
        }
    }

    var intValue: Int? {
        switch step {
        case .key: nil
        case .index(let index): index
        }
    }
}

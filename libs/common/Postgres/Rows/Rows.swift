/// The rows that a statement answered.
public struct Rows: RandomAccessCollection, Sendable {
    let result: ResultHandle

    public var startIndex: Int { 0 }
    public var endIndex: Int { result.count }

    public subscript(position: Int) -> Row { Row(result: result, index: position) }

    public var columns: [String] { result.columns.names }

    /// How many rows an INSERT, UPDATE or DELETE has changed.
    public var affected: Int { result.affected }

    /// Every row as a `Value`: a value of the first column, or a struct whose properties are columns.
    public func decode<Value: Decodable>(_ type: Value.Type) throws(PostgresError) -> [Value] {
        var values: [Value] = []
        values.reserveCapacity(count)
        for row in self { values.append(try row.decode(type)) }
        return values
    }
}

/// One row.
public struct Row: Sendable {
    let result: ResultHandle
    let index: Int

    /// The value of a column; of a NULL only for an optional type.
    public func value<Value: PostgresDecodable>(
        _ column: String, as type: Value.Type = Value.self
    ) throws(PostgresError) -> Value {
        try Value(try cell(column))
    }

    public func value<Value: PostgresDecodable>(
        _ column: String, as type: Value?.Type = Value?.self
    ) throws(PostgresError) -> Value? {
        let cell = try cell(column)
        return cell.isNull ? nil : try Value(cell)
    }

    /// The value of a column by its place, from 0.
    public func value<Value: PostgresDecodable>(
        at place: Int, as type: Value.Type = Value.self
    ) throws(PostgresError) -> Value {
        guard result.columns.names.indices.contains(place) else {
            throw .unreadableColumn("\(place)", "the statement answers \(result.columns.names.count) columns")
        }
        return try Value(Cell(result, row: index, column: place))
    }

    public func decode<Value: Decodable>(_ type: Value.Type) throws(PostgresError) -> Value {
        do {
            return try RowDecoder.decode(type, from: self)
        } catch let error as PostgresError {
            throw error
        } catch let error as DecodingError {
            throw .unreadableColumn(error.column, error.reason)
        } catch {
            throw .unreadableColumn("", "\(error)")
        }
    }

    private func cell(_ column: String) throws(PostgresError) -> Cell {
        guard let place = result.columns.index(of: column) else {
            throw .unreadableColumn(column, "the statement answers no such column")
        }
        return Cell(result, row: index, column: place)
    }
}

extension DecodingError {
    fileprivate var column: String { context?.codingPath.map(\.stringValue).joined(separator: ".") ?? "" }

    fileprivate var reason: String { context?.debugDescription ?? "\(self)" }

    private var context: Context? {
        switch self {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
            .dataCorrupted(let context):
            context
        @unknown default: nil
        }
    }
}

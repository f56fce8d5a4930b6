import JSON

/// The parameters of one statement, in the bytes that go over the wire.
struct Parameters: Sendable {
    struct Slot: Sendable {
        let type: PostgresType
        let offset: Int
        /// -1 for NULL.
        let length: Int
    }

    private(set) var bytes: [UInt8] = []
    private(set) var slots: [Slot] = []
    /// Why the statement cannot be sent.
    private(set) var problem: PostgresError?

    var count: Int { slots.count }

    mutating func reserve(_ count: Int) {
        slots.reserveCapacity(count)
        bytes.reserveCapacity(count * 16)
    }

    mutating func append<Value: PostgresEncodable>(_ value: Value) {
        let start = bytes.count
        do throws(PostgresError) {
            try value.encode(into: &bytes)
        } catch {
            problem = problem ?? error
        }
        close(Value.postgresType, from: start)
    }

    mutating func appendNull(_ type: PostgresType) {
        checkCount()
        slots.append(Slot(type: type, offset: bytes.count, length: -1))
    }

    mutating func append(json value: some Encodable) {
        let start = bytes.count
        do throws(JSONError) {
            try JSONWriter().encode(value, into: &bytes)
        } catch {
            problem = .invalidParameter(number: count + 1, "cannot be written as JSON: \(error)")
        }
        close(.json, from: start)
    }

    mutating func append(contentsOf other: Parameters) {
        let shift = bytes.count
        bytes += other.bytes
        slots += other.slots.map { Slot(type: $0.type, offset: $0.offset + shift, length: $0.length) }
        problem = problem ?? other.problem
        if count > Self.maximumCount {
            problem = problem ?? .invalidParameter(number: count, "more than \(Self.maximumCount): pass an array")
        }
    }

    private mutating func checkCount() {
        if count >= Self.maximumCount {
            problem = problem ?? .invalidParameter(number: count + 1, "more than \(Self.maximumCount): pass an array")
        }
    }

    private mutating func close(_ type: PostgresType, from start: Int) {
        let length = bytes.count - start
        if !type.isBinary {
            // libpq takes a text up to its first zero, so one within would cut it short unseen.
            if bytes[start...].contains(0) {
                problem = problem ?? .invalidParameter(number: count + 1, "a text with a zero character")
            }
            bytes.append(0)
        }
        if bytes.count > Self.maximumBytes {
            problem = problem ?? .invalidParameter(number: count + 1, "more than \(Self.maximumBytes) bytes together")
        }
        checkCount()
        slots.append(Slot(type: type, offset: start, length: length))
    }

    /// The protocol counts them in 16 bits.
    static let maximumCount = 65_535
    /// What one statement may carry; larger things belong into the object store.
    static let maximumBytes = 64 << 20
}

import Glibc
import HTTP
import Loop

extension ObjectStore {
    /// How often a download goes on after its connection was lost, as long as each time brought something.
    private static var resumptions: Int { 8 }

    /// Writes an object to a file, complete or not at all: it appears under its name when all bytes are there. A
    /// connection that is lost in the middle is taken up where it ended.
    @discardableResult
    public func download(_ location: ObjectLocation, to path: String) async throws(ObjectError) -> ObjectInfo {
        let partial = "\(path).\(DiskRecord.newID())"
        let file = try await inObjectErrors { try await blocking.run { try DiskFile.create(partial) } }
        do throws(ObjectError) {
            let info = try await receive(location, into: file)
            try await inObjectErrors {
                try await blocking.run {
                    guard rename(partial, path) == 0 else { throw ObjectError.file("rename", errno) }
                }
            }
            return info
        } catch {
            unlink(partial)
            throw error
        }
    }

    private func receive(_ location: ObjectLocation, into file: DiskFile) async throws(ObjectError) -> ObjectInfo {
        var written = 0
        var first: ObjectInfo?
        for _ in 0...Self.resumptions {
            let before = written
            do throws(ObjectError) {
                let range = written > 0 ? ObjectRange(offset: written) : nil
                let object = try await get(location, range: range)
                if let first, first.entityTag != object.info.entityTag || first.size != object.info.size {
                    throw .preconditionFailed
                }
                // The answer to a range says nothing of the whole's checksum.
                first = first ?? object.info
                let reading = ObjectBody.Reading(object.body)
                while let block = try await reading.next() {
                    try await inObjectErrors { try await blocking.run { try file.append(block) } }
                    written += block.count
                }
                if before > 0 { try await verify(file, first) }
                return first ?? object.info
            } catch {
                switch error {
                case .connectionLost, .timedOut: guard written > before else { throw error }
                default: throw error
                }
            }
        }
        throw .connectionLost
    }

    /// What came in pieces was not hashed on its way.
    private func verify(_ file: DiskFile, _ info: ObjectInfo?) async throws(ObjectError) {
        guard let info, let checksum = info.checksum else { return }
        let digest = try await inObjectErrors { try await blocking.run { try file.hash(0..<info.size) } }
        if digest != checksum { throw .checksumMismatch }
    }
}

import Crypto
import Glibc

extension DiskTree {
    private static let credentialsName = "credentials"
    private static let credentialsBytes = 4096

    /// The store's own key pair, made when there is none yet. Of several processes that start at once one makes it.
    func keptCredentials() throws(ObjectError) -> ObjectCredentials {
        let lock = try locking.madeFile(Self.credentialsName, exclusively: false)
        _ = try lock.lock(waits: true)
        defer { _ = lock }
        if let file = try root.file(Self.credentialsName) { return try Self.credentials(file) }
        let made = ObjectCredentials(
            accessKey: "PENTAD" + Hex.encode(SecureRandom.bytes(7)).uppercased(),
            secretKey: Base64.encode(SecureRandom.bytes(32), .url))
        let draft = try DiskDraft(in: temporary)
        do throws(ObjectError) {
            try draft.file.append(Array("\(made.accessKey)\n\(made.secretKey)\n".utf8))
            try draft.file.synchronise()
            guard try temporary.move(draft.bytesName, to: root, Self.credentialsName) else {
                throw .file("renameat", ENOENT)
            }
            try root.synchronise()
        } catch {
            draft.discard(from: temporary)
            throw error
        }
        return made
    }

    private static func credentials(_ file: DiskFile) throws(ObjectError) -> ObjectCredentials {
        let bytes = try file.read(at: 0, credentialsBytes)
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard lines.count == 3, lines[2].isEmpty, lines[..<2].allSatisfy(isKey) else {
            throw .malformedAnswer("the file of the store's own credentials is damaged")
        }
        return ObjectCredentials(
            accessKey: String(decoding: lines[0], as: UTF8.self), secretKey: String(decoding: lines[1], as: UTF8.self))
    }

    private static func isKey(_ line: ArraySlice<UInt8>) -> Bool {
        !line.isEmpty && line.allSatisfy { (0x21...0x7e).contains($0) }
    }
}

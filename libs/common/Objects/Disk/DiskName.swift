/// How a key is spelt in the file system.
///
/// A segment is a folder, the last one a file, whose name ends in `%` and something, so that the keys `ab` and `ab/x` do
/// not meet. A `%` of the key is `%25`, and a segment longer than a file's name may be goes through folders that end in
/// `%+`; dots that are left of it are `%2E`. Everything else stays as it is: no two keys are spelt alike, and none can name
/// another place.
struct DiskName: Equatable {
    static let objectEnding = "%o"
    private static let folderEnding = "%+"
    private static let maximumBytes = 200

    let folders: [String]
    /// Without its ending.
    let file: String

    init(_ key: ObjectKey) {
        var names: [String] = []
        for segment in key.description.utf8.split(separator: UInt8(ascii: "/")) {
            names += Self.pieces(String(decoding: segment, as: UTF8.self))
        }
        file = names.removeLast()
        folders = names
    }

    /// Each piece is whole by itself: neither a character nor an escape is cut.
    private static func pieces(_ segment: String) -> [String] {
        var pieces: [String] = []
        var piece = ""
        for scalar in segment.unicodeScalars {
            let spelt = scalar == "%" ? "%25" : String(scalar)
            if piece.utf8.count + spelt.utf8.count > maximumBytes {
                pieces.append(piece + folderEnding)
                piece = ""
            }
            piece += spelt
        }
        // The rest of a long segment may be one or two dots, which would name another folder.
        let rest = Array(piece.utf8)
        let isDots = rest.count <= 2 && rest.allSatisfy { $0 == UInt8(ascii: ".") }
        return pieces + [isDots ? String(repeating: "%2E", count: rest.count) : piece]
    }

    /// What an entry of a folder is, its name still encoded.
    enum Entry {
        case object(name: String)
        case folder(name: String)
        /// The name goes on in this folder.
        case beginning(String)

        init?(_ entry: DiskFolder.Entry) {
            if entry.isFolder {
                self =
                    entry.name.ends(with: DiskName.folderEnding)
                    ? .beginning(String(entry.name.unicodeScalars.dropLast(2))) : .folder(name: entry.name)
            } else if entry.name.ends(with: DiskName.objectEnding) {
                self = .object(name: String(entry.name.unicodeScalars.dropLast(2)))
            } else {
                return nil
            }
        }
    }

    /// The bytes of a key's segment; nil for what this type did not write.
    static func decoded(_ name: String) -> [UInt8]? {
        AWSEncoding.decoded(name.utf8)
    }
}

extension String {
    fileprivate func ends(with ending: String) -> Bool { utf8.suffix(ending.utf8.count).elementsEqual(ending.utf8) }
}

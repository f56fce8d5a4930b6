/// How a picture must be turned to be seen as it was taken: the eight values of EXIF.
public enum Orientation: Int, Sendable, CaseIterable {
    case up = 1
    case mirrored = 2
    /// Turned by 180 degrees.
    case down = 3
    case downMirrored = 4
    /// Mirrored along the diagonal from the top left.
    case transposed = 5
    /// Stored turned to the left: it must be turned clockwise.
    case right = 6
    /// Mirrored along the other diagonal.
    case transversed = 7
    /// Stored turned to the right: it must be turned counter-clockwise.
    case left = 8

    public var swapsSides: Bool { rawValue >= 5 }

    /// The entry of a TIFF block as EXIF has it. What is odd there is passed over: it says nothing of the pixels.
    init?(exif bytes: HeaderBytes) {
        let isBigEndian: Bool
        if bytes.has([0x4d, 0x4d, 0, 0x2a]) {
            isBigEndian = true
        } else if bytes.has([0x49, 0x49, 0x2a, 0]) {
            isBigEndian = false
        } else {
            return nil
        }
        guard
            let directory = bytes.number(at: 4, bytes: 4, bigEndian: isBigEndian),
            let entries = bytes.number(at: directory, bytes: 2, bigEndian: isBigEndian)
        else { return nil }
        for entry in 0..<entries {
            let place = directory + 2 + entry * 12
            guard let tag = bytes.number(at: place, bytes: 2, bigEndian: isBigEndian) else { return nil }
            guard tag == 0x0112 else { continue }
            // A short, or a long as some cameras write it.
            let size = bytes.number(at: place + 2, bytes: 2, bigEndian: isBigEndian) == 4 ? 4 : 2
            guard
                let value = bytes.number(at: place + 8, bytes: size, bigEndian: isBigEndian),
                let orientation = Orientation(rawValue: value)
            else { return nil }
            self = orientation
            return
        }
        return nil
    }
}

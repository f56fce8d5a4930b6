/// The name of a bucket, held to the rules of S3: 3 to 63 of `a-z 0-9 . -`, labels as in DNS, no address.
public struct BucketName: Sendable, Hashable, LosslessStringConvertible {
    public let description: String

    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard (3...63).contains(bytes.count) else { return nil }
        let labels = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard labels.allSatisfy(Self.isLabel), !Self.isAddress(labels) else { return nil }
        // What S3 keeps for itself.
        for prefix in ["xn--", "sthree-", "amzn-s3-demo-"] where text.hasPrefix(prefix) { return nil }
        for suffix in ["-s3alias", "--ol-s3", ".mrap", "--x-s3"] where text.hasSuffix(suffix) { return nil }
        description = text
    }

    private static func isLabel(_ label: ArraySlice<UInt8>) -> Bool {
        guard let first = label.first, let last = label.last else { return false }
        let dash = UInt8(ascii: "-")
        return first != dash && last != dash
            && label.allSatisfy { (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == dash }
    }

    private static func isAddress(_ labels: [ArraySlice<UInt8>]) -> Bool {
        labels.count == 4 && labels.allSatisfy { $0.allSatisfy { (0x30...0x39).contains($0) } }
    }
}

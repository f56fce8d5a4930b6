import CTLS

/// Why a certificate and its key cannot be used.
public enum TLSError: Error, Sendable, Equatable, CustomStringConvertible {
    case unreadable(path: String, reason: String)
    case noCertificate(path: String)
    case badCertificate(path: String, reason: String)
    case noKey(path: String, reason: String)
    case encryptedKey(path: String)
    case notOfThisKey(certificate: String, key: String)
    case failed(reason: String)

    init(_ problem: ctls_problem, reason: String, _ settings: TLSSettings) {
        let (certificate, key) = (settings.certificateFile, settings.keyFile)
        self =
            switch problem {
            case CTLS_NO_CERTIFICATE: .noCertificate(path: certificate)
            case CTLS_BAD_CERTIFICATE: .badCertificate(path: certificate, reason: reason)
            case CTLS_NO_KEY: .noKey(path: key, reason: reason)
            case CTLS_ENCRYPTED_KEY: .encryptedKey(path: key)
            case CTLS_NOT_OF_THIS_KEY: .notOfThisKey(certificate: certificate, key: key)
            default: .failed(reason: reason)
            }
    }

    public var description: String {
        switch self {
        case .unreadable(let path, let reason): "\(path) \(reason)"
        case .noCertificate(let path): "\(path) holds no certificate: expected PEM, the server's own first"
        case .badCertificate(let path, let reason): "\(path) holds a certificate that cannot be used: \(reason)"
        case .noKey(let path, let reason): "\(path) holds no private key: expected PEM (\(reason))"
        case .encryptedKey(let path):
            "\(path) holds an encrypted key: expected one without a password (openssl pkey -in FILE -out FILE)"
        case .notOfThisKey(let certificate, let key):
            "the key in \(key) is not that of the first certificate in \(certificate)"
        case .failed(let reason): "OpenSSL refuses: \(reason)"
        }
    }
}

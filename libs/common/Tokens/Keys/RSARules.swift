/// Which RSA keys are fit for signatures.
enum RSARules {
    static let minimumBits = 2048
    /// Checking costs with the square of the length, and anybody may ask for it.
    static let maximumBits = 8192

    static func check(modulus: [UInt8], exponent: [UInt8]) throws(KeyError) {
        guard let first = modulus.first, first != 0, modulus.last! & 1 == 1 else { throw .malformed }
        let bits = modulus.count * 8 - first.leadingZeroBitCount
        guard bits >= minimumBits else { throw .tooWeak }
        guard bits <= maximumBits else { throw .tooLarge }
        guard let top = exponent.first, top != 0, exponent.last! & 1 == 1 else { throw .malformed }
        guard exponent != [1] else { throw .tooWeak }
        guard exponent.count <= 4 else { throw .tooLarge }
        guard !hasFingerprintOfROCA(modulus) else { throw .vulnerable }
    }

    /// Whether the modulus is a power of 65537 to each small prime, as all moduli of the broken generator are and one
    /// in 2^27 of others.
    static func hasFingerprintOfROCA(_ modulus: [UInt8]) -> Bool {
        let primes = [
            3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107,
            109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
        ]
        return primes.allSatisfy { prime in
            let rest = modulus.reduce(0) { ($0 << 8 | Int($1)) % prime }
            var power = 1
            repeat {
                if power == rest { return true }
                power = power * 65537 % prime
            } while power != 1
            return false
        }
    }
}

import JSON
import Service
import Tokens

extension ServiceCommand where Configuration == GatewaySettings {
    /// What is done to keys while gateways run: they hear of it at once.
    static var keys: [ServiceCommand] {
        [
            ServiceCommand(["keys", "list"], "shows the signing keys and when each signs") { settings, context in
                try await Identity.administer(settings, context.service) { identity in
                    let rings = try await identity.keys.load()
                    return KeyPurpose.allCases.compactMap { rings[$0].map($0.table) }.joined()
                }
            },
            ServiceCommand(
                ["keys", "rotate"], "publishes new signing keys, which sign once everybody can know them",
                parameters: "[user|service]", count: 0...1
            ) { settings, context in
                let purposes = try purposes(context.arguments.first)
                return try await Identity.administer(settings, context.service) { identity in
                    var text = ""
                    for purpose in purposes {
                        let id = try await identity.keys.rotate(purpose)
                        text += "\(purpose.rawValue): the new key is \(id)\n"
                    }
                    return text
                }
            },
            ServiceCommand(
                ["keys", "withdraw"], "takes a key out at once: tokens that it signed are refused from now on",
                parameters: "KEY_ID", count: 1...1
            ) { settings, context in
                try await Identity.administer(settings, context.service) { identity in
                    try await identity.keys.withdraw(context.arguments[0])
                    return "the key \(context.arguments[0]) is withdrawn\n"
                }
            },
        ]
    }

    private static func purposes(_ word: String?) throws -> [KeyPurpose] {
        guard let word else { return KeyPurpose.allCases }
        guard let purpose = KeyPurpose(rawValue: word) else {
            throw WrongArgument(description: "keys are of the kind user or service")
        }
        return [purpose]
    }
}

/// What an operator typed that cannot be.
struct WrongArgument: Error, CustomStringConvertible {
    let description: String
}

extension KeyPurpose {
    fileprivate func table(_ ring: KeyRing) -> String {
        ring.entries.map { entry in
            let now = Timestamp.now
            let state = entry.state(at: now)
            let until =
                switch state {
                case .published: "signs from \(entry.signsFrom)"
                case .signing: "since \(entry.signsFrom)"
                case .verifying, .retired: "until \(entry.verifiesUntil.map { "\($0)" } ?? "")"
                }
            return "\(rawValue)  \(entry.key.algorithm.rawValue)  \(state.rawValue)  \(until)  \(entry.key.id)\n"
        }.joined()
    }
}

import Postgres
import Service

extension ServiceCommand where Configuration == GatewaySettings {
    static var users: [ServiceCommand] {
        [
            ServiceCommand(
                ["users", "roles"], "sets a user's roles; his tokens end, so that he gets new ones",
                parameters: "KEYCLOAK_ID [ROLE]...", count: 1...(1 + Person.maximumRoles)
            ) { settings, context in
                let roles = Array(context.arguments.dropFirst())
                guard roles.allSatisfy(RoleName.isValid) else {
                    throw WrongArgument(description: "a role has letters, digits and - . : @ _")
                }
                return try await change(settings, context) { identity, id in
                    try await identity.users.setRoles(roles, of: id)
                    try await identity.revokeTokens(of: "\(id)", identity.database)
                    return "user \(id) has the roles: \(roles.joined(separator: " "))\n"
                }
            },
            ServiceCommand(
                ["users", "disable"], "ends a user's tokens and lets him sign in no more",
                parameters: "KEYCLOAK_ID", count: 1...1
            ) { settings, context in
                try await change(settings, context) { identity, id in
                    try await identity.database.transaction { transaction in
                        try await identity.users.setDisabled(true, id, transaction)
                        try await identity.revokeTokens(of: "\(id)", transaction)
                    }
                    return "user \(id) is disabled\n"
                }
            },
            ServiceCommand(
                ["users", "enable"], "lets a user sign in again", parameters: "KEYCLOAK_ID", count: 1...1
            ) { settings, context in
                try await change(settings, context) { identity, id in
                    try await identity.users.setDisabled(false, id, identity.database)
                    return "user \(id) is enabled\n"
                }
            },
        ]
    }

    private static func change(
        _ settings: GatewaySettings, _ context: Context, _ body: (Administration, Int) async throws -> String
    ) async throws -> String {
        let account = context.arguments[0]
        return try await Identity.administer(settings, context.service) { identity in
            guard let id = try await identity.users.find(keycloakID: account) else {
                throw WrongArgument(description: "there is no user with the id \(account)")
            }
            return try await body(identity, id)
        }
    }
}

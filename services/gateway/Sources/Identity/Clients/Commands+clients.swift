import Service

extension ServiceCommand where Configuration == GatewaySettings {
    static var clients: [ServiceCommand] {
        [
            ServiceCommand(
                ["clients", "add"], "lets a program ask for tokens, and prints its secret this once",
                parameters: "NAME [aud:SERVICE | ROLE]...", count: 1...64
            ) { settings, context in
                let name = context.arguments[0]
                let (audiences, roles) = try rights(context.arguments.dropFirst())
                guard ServiceClient.isName(name) else {
                    throw WrongArgument(description: "a client's name has lower-case letters, digits and dashes")
                }
                return try await Identity.administer(settings, context.service) { identity in
                    try await identity.clients.add(name, audiences: audiences, roles: roles) + "\n"
                }
            },
            ServiceCommand(["clients", "list"], "shows the programs that may ask for tokens") { settings, context in
                try await Identity.administer(settings, context.service) { identity in
                    try await identity.clients.list().map { client in
                        let used = client.lastUsedAt.map { "used \($0)" } ?? "never used"
                        let rights = client.audiences.map { "aud:\($0)" } + client.roles
                        return "\(client.name)  \(used)  \(rights.joined(separator: " "))\n"
                    }.joined()
                }
            },
            ServiceCommand(
                ["clients", "remove"], "ends a program's rights and its tokens", parameters: "NAME", count: 1...1
            ) { settings, context in
                let name = context.arguments[0]
                return try await Identity.administer(settings, context.service) { identity in
                    guard try await identity.clients.remove(name) else {
                        throw WrongArgument(description: "there is no client \(name)")
                    }
                    try await identity.revokeTokens(of: "client:" + name, identity.database)
                    return "the client \(name) is removed\n"
                }
            },
        ]
    }

    private static func rights(_ words: ArraySlice<String>) throws -> (audiences: [String], roles: [String]) {
        let audiences = words.filter { $0.hasPrefix("aud:") }.map { String($0.dropFirst(4)) }
        let roles = words.filter { !$0.hasPrefix("aud:") }
        guard audiences.allSatisfy(ServiceClient.isName), roles.allSatisfy(RoleName.isValid) else {
            throw WrongArgument(description: "rights are aud: and a service's name, or a role")
        }
        return (audiences, Array(roles))
    }
}

import JSON

/// One OpenAPI document made of the gateway's own and those of the services: each operation bears its service as its tag,
/// and schemas of the same name stay apart. Pure.
struct MergedDocument {
    private var document: JSONObject
    private var paths: JSONObject
    private var components: JSONObject
    private var tags: [JSONValue] = []

    private static let methods: Set<String> = ["get", "head", "post", "put", "patch", "delete", "options", "trace"]

    init(_ own: JSONValue) {
        document = own.object ?? [:]
        paths = document["paths"]?.object ?? [:]
        components = document["components"]?.object ?? [:]
    }

    /// Adds what a service declares and `isRouted` lets through; a path that is there already stays as it is.
    mutating func add(_ service: String, _ theirs: JSONValue, isRouted: (_ path: String) -> Bool) {
        let prefix = service.map { $0.isLetter || $0.isNumber ? String($0) : "_" }.joined() + "_"
        for path in theirs["paths"]?.object ?? [:] where paths[path.name] == nil && isRouted(path.name) {
            guard let item = path.value.object else { continue }
            paths[path.name] = .object(Self.tagged(item, service, prefix))
        }
        for group in theirs["components"]?.object ?? [:] {
            var merged = components[group.name]?.object ?? [:]
            for component in group.value.object ?? [:] {
                // A security scheme means the same everywhere; all else is the service's own.
                let name = group.name == "securitySchemes" ? component.name : prefix + component.name
                if merged[name] == nil { merged[name] = Self.renamed(component.value, prefix) }
            }
            components[group.name] = .object(merged)
        }
        tags.append(.object(["name": .string(service)]))
    }

    var json: JSONValue {
        var whole = document
        whole["tags"] = .array(tags)
        whole["paths"] = .object(paths)
        whole["components"] = .object(components)
        return .object(whole)
    }

    private static func tagged(_ item: JSONObject, _ service: String, _ prefix: String) -> JSONObject {
        var result: JSONObject = [:]
        for member in item {
            guard methods.contains(member.name), var operation = renamed(member.value, prefix).object else {
                result[member.name] = renamed(member.value, prefix)
                continue
            }
            operation["tags"] = .array([.string(service)])
            if let id = operation["operationId"]?.string { operation["operationId"] = .string(prefix + id) }
            result[member.name] = .object(operation)
        }
        return result
    }

    /// With references to the service's components led to their new names.
    private static func renamed(_ value: JSONValue, _ prefix: String) -> JSONValue {
        switch value {
        case .array(let elements): return .array(elements.map { renamed($0, prefix) })
        case .object(let object):
            var result: JSONObject = [:]
            for member in object {
                if member.name == "$ref", let target = member.value.string {
                    result[member.name] = .string(reference(target, prefix))
                } else {
                    result[member.name] = renamed(member.value, prefix)
                }
            }
            return .object(result)
        default: return value
        }
    }

    private static func reference(_ target: String, _ prefix: String) -> String {
        let parts = target.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "#", parts[1] == "components", parts[2] != "securitySchemes" else {
            return target
        }
        return "#/components/\(parts[2])/\(prefix)\(parts[3])"
    }
}

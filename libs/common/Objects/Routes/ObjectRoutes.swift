import HTTP
import JSON
import Loop

/// Serves a disk store's presigned URLs: `PUT`, `GET` and `HEAD` of `/objects/{bucket}/{key}`, with the permission in
/// the query and nowhere else.
///
///     routes.declare(store)
public struct ObjectRoutes: Sendable {
    let store: DiskStore
    private let permissions: PresignedCheck

    public init(_ store: DiskStore) {
        self.store = store
        let endpoints = [store.settings.publicEndpoint, store.settings.internalEndpoint].compactMap(\.self)
        permissions = PresignedCheck(keys: store.signatureKeys, authorities: endpoints.map(\.authority))
    }

    fileprivate func answer(
        _ request: Request,
        _ body: (Request, ObjectLocation, PresignedCheck.Permission) async throws -> Response
    ) async throws -> Response {
        do {
            let path = AWSEncoding.decoded(request.path.utf8) ?? []
            var canonical: [UInt8] = []
            AWSEncoding.append(path, to: &canonical, keepingSlash: true)
            let permission = try permissions.check(
                request.method, path: canonical, query: request.rawQuery, request.headers, now: store.now())
            guard let location = Self.location(path) else { throw ObjectRefusal.invalidRequest("the key is not valid") }
            return try await body(request, location, permission)
        } catch let refusal as ObjectRefusal {
            return refusal.response(to: request)
        } catch let error as ObjectError {
            return ObjectRefusal(error).response(to: request)
        }
    }

    /// Of a decoded path.
    private static func location(_ path: [UInt8]) -> ObjectLocation? {
        guard let text = String(validating: path, as: UTF8.self), text.hasPrefix(DiskSettings.path + "/") else {
            return nil
        }
        let rest = text.utf8.dropFirst(DiskSettings.path.utf8.count + 1)
        guard let slash = rest.firstIndex(of: UInt8(ascii: "/")),
            let bucket = BucketName(String(decoding: rest[..<slash], as: UTF8.self)),
            let key = ObjectKey(String(decoding: rest[slash...].dropFirst(), as: UTF8.self))
        else { return nil }
        return ObjectLocation(bucket, key)
    }

    /// Parameters that we do not know may ask for something else than an object's bytes.
    static func checkParameters(
        _ query: PresignedQuery, known: Set<String>
    ) throws(ObjectRefusal) -> [String: String] {
        var parameters: [String: String] = [:]
        for (name, value) in query.others {
            guard known.contains(name) || name == "x-id" else { throw .notImplemented("the parameter \(name)") }
            parameters[name] = value
        }
        return parameters
    }
}

extension Routes {
    /// The routes of a store that is served by this service; one that is reached elsewhere has none.
    public mutating func declare(_ store: any ObjectStore) {
        if let store = store as? DiskStore { declare(ObjectRoutes(store)) }
    }

    /// Declares the routes of a disk store's objects.
    public mutating func declare(_ objects: ObjectRoutes) {
        let pattern = DiskSettings.path + "/{bucket}/**"
        on(.get, pattern) { request in
            try await objects.answer(request) { try await objects.download($0, $1, $2) }
        }
        on(.put, pattern) { request in
            try await objects.answer(request) { try await objects.upload($0, $1, $2) }
        }
    }
}

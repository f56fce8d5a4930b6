import HTTP
import Loop
import Telemetry

/// Passes a route's requests on to its service, and the answers back.
struct Forwarder<Check: CallerCheck>: Sendable {
    let route: GatewayRoute
    /// Nil when no address of the service is known.
    let upstream: Upstream?
    let client: HTTPClient
    let check: Check
    let limits: RouteLimits
    let forwarded: ForwardedFields
    let cors: CORSRules

    func handle(_ request: Request) async throws -> Response {
        if let answer = cors.preflight(request) { return answer }
        let address = forwarded.addresses.of(request)
        let verified = try admit(request)
        guard let upstream else {
            throw ServiceError(
                .serviceUnavailable, "service_not_configured", "\(route.service) is not part of this installation")
        }
        var headers = request.headers
        headers.strain(ProtectedFields.names)
        forwarded.append(request, from: address, to: &headers)
        if let verified { headers.append(contentsOf: try check.passport(of: verified, to: route.service)) }
        let body = try route.bodyLimit.map { try request.body.limited(to: $0) } ?? request.body
        let seat = try limits.enter(caller: verified.map { check.caller($0).id }, address: address)
        do {
            var response = try await send(request, headers, body, upstream, seat)
            response.headers.append(contentsOf: seat.fields)
            return response
        } catch {
            seat.leave()
            throw error
        }
    }

    /// Nil for a caller without a token where none is needed.
    private func admit(_ request: Request) throws(ServiceError) -> Check.Verified? {
        switch route.access {
        case .presigned: return nil
        case .open: return try check.verify(request.headers)
        case .signature
        where !request.headers.contains("authorization") && request.headers.contains("webhook-signature"):
            return nil
        case .signature, .token: break
        }
        guard let verified = try check.verify(request.headers) else {
            throw ServiceError(
                .unauthorized, "token_missing", "expected a token: Authorization: Bearer and the token",
                headers: ["www-authenticate": "Bearer"])
        }
        guard route.roles.isEmpty || !Set(route.roles).isDisjoint(with: check.caller(verified).roles) else {
            throw ServiceError(
                .forbidden, "role_missing", "this needs the role \(route.roles.joined(separator: " or "))")
        }
        return verified
    }

    private func send(
        _ request: Request, _ headers: Headers, _ body: RequestBody, _ upstream: Upstream, _ seat: RouteLimits.Seat
    ) async throws -> Response {
        var previous: Int?
        while true {
            let lease = try upstream.lease(avoiding: previous)
            var passed = ClientRequest(forwarding: request, to: lease.origin, headers: headers)
            passed.body = .forwarding(body)
            passed.timeouts = limits.timeouts
            passed.expectsContinue = request.headers.contains("expect")
            do throws(ClientError) {
                let answer = try await client.send(passed)
                upstream.settle(lease, Self.outcome(of: answer.status))
                return Response(forwarding: answer, to: request) { [seat] in
                    upstream.leave(lease)
                    seat.leave()
                }
            } catch {
                upstream.settle(lease, Self.outcome(of: error))
                upstream.leave(lease)
                let isRepeatable = passed.body.isReplayable && request.method.isIdempotent
                if previous == nil, upstream.origins.count > 1, error.allowsAnotherAddress(isRepeatable: isRepeatable) {
                    previous = lease.index
                    continue
                }
                throw error.answer(service: route.service)
            }
        }
    }

    private static func outcome(of status: Status) -> UpstreamState.Outcome {
        (502...504).contains(status.code) ? .failed : .answered
    }

    private static func outcome(of error: ClientError) -> UpstreamState.Outcome {
        switch error {
        case .couldNotResolve, .couldNotConnect, .connectionLost, .malformedResponse, .timedOut(.connecting),
            .timedOut(.firstByte):
            .failed
        default: .undecided
        }
    }
}

extension ClientError {
    /// Nothing of the request has had an effect, or it may have it twice.
    func allowsAnotherAddress(isRepeatable: Bool) -> Bool {
        switch self {
        case .couldNotResolve, .couldNotConnect, .timedOut(.connecting): true
        case .connectionLost(afterResponseBegan: false): isRepeatable
        default: false
        }
    }

    /// What the client is told: whose fault it was, and nothing of where the service is.
    func answer(service: String) -> any Error {
        switch self {
        case .requestBodyFailed(let error): return error
        case .cancelled: return CancellationError()
        case .poolExhausted:
            return ServiceError(
                .serviceUnavailable, "upstream_busy", "\(service) has too much to do", headers: ["retry-after": "1"],
                cause: self)
        case .couldNotResolve, .couldNotConnect, .timedOut(.connecting), .timedOut(.waiting):
            return ServiceError(
                .serviceUnavailable, "upstream_down", "\(service) does not answer", headers: ["retry-after": "1"],
                cause: self)
        case .timedOut:
            return ServiceError(
                .gatewayTimeout, "upstream_timeout", "\(service) took too long for its answer", cause: self)
        default:
            return ServiceError(
                .badGateway, "upstream_failed", "\(service) broke its answer off or gave one that makes no sense",
                cause: self)
        }
    }
}

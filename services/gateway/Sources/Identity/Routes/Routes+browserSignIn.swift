import Crypto
import HTTP
import JSON
import Service
import Telemetry

extension Identity {
    func declareBrowserSignIn(_ routes: inout Routes) {
        guard let browser else { return }
        routes.on(
            .get, "/api/auth/oidc/start",
            Operation(
                "Sends a browser to the identity provider", details: "return_to is the path to come back to.",
                tag: "identity"
            ).answering(.found, contentType: "text/plain")
        ) { request in try await self.start(browser, request) }
        routes.on(
            .get, BrowserSignIn.callbackPath,
            Operation("Where the identity provider sends a browser back to", tag: "identity").answering(
                .found, contentType: "text/plain")
        ) { request in try await self.comeBack(browser, request) }
    }

    private func start(_ browser: BrowserSignIn, _ request: Request) async throws -> Response {
        try throttle.check(address: clientAddress(request))
        let returnTo = request.query["return_to"] ?? "/"
        guard ReturnPath.isSafe(returnTo) else {
            throw ServiceError.validation([
                FieldError(field: "return_to", message: "must be a path of this server, as in /projects")
            ])
        }
        let pending = PendingSignIn.begin(returnTo: returnTo, at: .now)
        let address: String
        do { address = try await browser.address(pending) } catch { throw Self.unreachable(error) }
        let cookie = cookies.set(
            Cookies.pending, pending.sealed(by: cookieKey), path: Cookies.pendingPath, lifetime: PendingSignIn.lifetime)
        return Response(
            .found, headers: ["location": address, "set-cookie": cookie, "cache-control": "no-store"])
    }

    private func comeBack(_ browser: BrowserSignIn, _ request: Request) async throws -> Response {
        let address = clientAddress(request)
        try throttle.check(address: address)
        guard let sealed = Cookies.value(Cookies.pending, in: request.headers),
            let pending = PendingSignIn(sealed, key: cookieKey, at: .now),
            let state = request.query["state"], ConstantTime.equal(state, pending.state)
        else {
            throw ServiceError.badRequest(
                "this browser has begun no sign-in, or too long ago: begin at /api/auth/oidc/start",
                code: "sign_in_unknown")
        }
        // From here on there is a page to come back to, which can say what went wrong.
        guard let code = request.query["code"] else {
            return await fail(pending, address, "provider_refused")
        }
        do {
            let person = try await browser.finish(pending, code: code)
            let signedIn = try await sessions.signIn(
                person, .init(method: .browser, address: address), withSession: true)
            var response = back(to: pending.returnTo)
            if let refresh = signedIn.refresh { response.headers.append("set-cookie", cookies.session(refresh)) }
            return response
        } catch let refusal as SignInRefusal {
            return back(to: pending.returnTo, problem: refusal.rawValue)
        } catch {
            sessions.log.logger.warning("browser_sign_in_failed", ["reason": .string("\(error)")])
            return await fail(pending, address, (error as? ServiceError)?.code ?? "provider_failed")
        }
    }

    private func fail(_ pending: PendingSignIn, _ address: String, _ problem: String) async -> Response {
        await sessions.log.refuse(.init(account: "", method: .browser, address: address, outcome: problem))
        return back(to: pending.returnTo, problem: problem)
    }

    /// The problem goes into the fragment, which is told to no server.
    private func back(to path: String, problem: String? = nil) -> Response {
        let page = path.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)[0]
        let location = problem.map { "\(page)#sign_in_error=\($0)" } ?? path
        var headers: Headers = ["location": location, "cache-control": "no-store"]
        headers.append("set-cookie", cookies.clear(Cookies.pending, path: Cookies.pendingPath))
        return Response(.found, headers: headers)
    }

    private static func unreachable(_ error: any Error) -> ServiceError {
        ServiceError(
            .serviceUnavailable, "provider_unavailable", "the identity provider cannot be reached; try again soon",
            headers: ["retry-after": "5"], cause: error)
    }
}

import HTTP

/// The answer of `/check`, which clients of the old footprint server ask for.
struct CheckAnswer: Codable, Sendable {
    var status: String
}

extension Routes {
    mutating func declareChecks() {
        endpoint(.get, "/check", Operation("Whether the gateway is running", tag: "health")) { _ in
            CheckAnswer(status: "ok")
        }
    }
}

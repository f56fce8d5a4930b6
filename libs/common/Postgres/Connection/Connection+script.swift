import CPostgres
import Loop

/// A text of several statements that is the program's own.
struct Script: Sendable, ExpressibleByStringLiteral {
    let text: String

    init(_ text: StaticString) {
        self.text = text.description
    }

    init(stringLiteral value: StaticString) {
        self.init(value)
    }

    /// The name of a channel is made of letters that mean nothing to SQL.
    init(listeningTo channels: [Channel]) {
        text = channels.map { "LISTEN \"\($0.name)\";" }.joined()
    }
}

/// Statements of one text, run outside of pipeline mode.
final class ScriptRun {
    private let continuation: UnsafeContinuation<Result<Void, PostgresError>, Never>
    fileprivate var refusal: ServerRefusal?

    init(_ continuation: UnsafeContinuation<Result<Void, PostgresError>, Never>) {
        self.continuation = continuation
    }

    func finish(_ result: Result<Void, PostgresError>) { continuation.resume(returning: result) }
}

extension Connection {
    /// Runs statements that stand in one text, by the simple protocol, alone on the connection. The server's own limits
    /// apply; cancelling the task does not end it.
    func run(script: Script) async throws(PostgresError) {
        guard !isClosed else { throw .closed }
        guard inFlight == 0, self.script == nil, PQexitPipelineMode(pointer) == 1 else {
            throw .unavailable("the connection is in use")
        }
        let result = await withUnsafeContinuation { continuation in
            self.script = ScriptRun(continuation)
            guard PQsendQuery(pointer, script.text) == 1 else { return broke(pointer.errorMessage) }
            flush()
        }
        if !isClosed, PQenterPipelineMode(pointer) != 1 { broke(pointer.errorMessage) }
        try result.get()
    }

    func takeScriptResults() {
        while !isClosed, let script, PQisBusy(pointer) == 0 {
            guard let result = PQgetResult(pointer) else {
                self.script = nil
                return script.finish(script.refusal.map { .failure(.refused($0)) } ?? .success(()))
            }
            switch PQresultStatus(result) {
            case PGRES_FATAL_ERROR, PGRES_BAD_RESPONSE:
                if script.refusal == nil { script.refusal = ServerRefusal(result) }
            default: break
            }
            PQclear(result)
            if PQstatus(pointer) == CONNECTION_BAD { return broke(pointer.errorMessage) }
        }
    }
}

import HTTP
import JSON
import Loop

extension Routes {
    mutating func declareEvents(_ jobs: JobRoutes) {
        on(
            .get, "/jobs/{id}/events",
            Operation(
                "What happens to a job, as it happens",
                details:
                    "Server-sent events; `Last-Event-ID` resumes after the event that it names. The stream ends with `end`.",
                tag: "jobs", needsToken: true, failures: [.notFound, .tooManyRequests]
            ).answering(contentType: "text/event-stream")
        ) { request in
            let caller = try await jobs.identify(request)
            let job = try await jobs.job(request, request.parameter("id"))
            // Nobody has seen an event that has not happened: who says so goes on from now.
            let seq = min(try Self.lastSeq(request), job.lastEvent)
            if job.state.isFinal, try await jobs.queue.events(of: job.id, after: seq, limit: 1).isEmpty {
                // What tells an `EventSource` not to come again.
                return Response(.noContent)
            }
            guard let seat = jobs.seats.take(caller.id) else {
                throw ServiceError(
                    .tooManyRequests, "too_many_streams",
                    "a caller may have \(jobs.queue.settings.streamsPerCaller) event streams open",
                    headers: ["retry-after": "5"])
            }
            return .events(JobFeed(queue: jobs.queue, job: job.id, seq: seq, seat: seat))
        }
        on(
            .get, "/jobs/{id}/log",
            Operation("The lines that a job has logged", tag: "jobs", needsToken: true, failures: [.notFound])
                .answering(contentType: "text/plain; charset=utf-8")
        ) { request in
            let job = try await jobs.job(request, request.parameter("id"))
            return Response(
                headers: ["cache-control": "no-store"], contentType: .text,
                body: .stream(length: nil) { writer in
                    var seq = 0
                    while true {
                        let (lines, last) = try await jobs.queue.log(of: job.id, after: seq)
                        guard let last else { return }
                        seq = last
                        try await writer.write(lines.map { $0 + "\n" }.joined())
                    }
                })
        }
    }

    /// 0 for a client that has seen nothing.
    private static func lastSeq(_ request: Request) throws -> Int {
        guard let text = request.lastEventID, !text.isEmpty else { return 0 }
        guard let seq = Int(text), (0...Int(Int32.max)).contains(seq) else {
            throw ServiceError.badRequest("Last-Event-ID is the number of an event", code: "bad_last_event_id")
        }
        return seq
    }
}

import JSON
import Postgres
import Telemetry

/// What to do with the things that removed jobs leave behind, before their rows go.
public typealias ArtifactRemoval = @Sendable (_ job: UUID, _ artifacts: [JobArtifact]) async throws -> Void

extension JobQueue {
    /// Removes jobs that ended longer ago than the retention, one batch, with their events, artifacts and callbacks.
    /// Answers how many. A job whose callback is still to be delivered stays; so does one whose artifacts could not be
    /// removed.
    @discardableResult
    public func removeFinished(_ removal: ArtifactRemoval? = nil) async throws(JobError) -> Int {
        // Ids grow with time, so those above this one cannot have ended so long ago.
        let newest = UUID(at: .now - settings.retention, random: (.max, .max))
        let rows = try await run(
            """
            SELECT id FROM jobs
            WHERE id <= \(newest) AND state IN ('completed', 'failed', 'cancelled')
                AND finished_at < now() - \(settings.retention.inSeconds) * interval '1 second'
                AND NOT EXISTS (
                    SELECT FROM job_outbox WHERE job_id = jobs.id AND delivered_at IS NULL AND dead_at IS NULL)
            ORDER BY id LIMIT \(settings.batch)
            """)
        var ids: [UUID] = []
        for row in rows { ids.append(try row.cell("id")) }
        guard !ids.isEmpty else { return 0 }
        if let removal { ids = try await removed(ids, removal) }
        return try await run(
            """
            DELETE FROM jobs WHERE id = ANY(\(ids)) AND state IN ('completed', 'failed', 'cancelled')
                AND finished_at < now() - \(settings.retention.inSeconds) * interval '1 second'
            """
        ).affected
    }

    /// The jobs whose artifacts, of all attempts, are gone.
    private func removed(_ ids: [UUID], _ removal: ArtifactRemoval) async throws(JobError) -> [UUID] {
        let rows = try await run(
            """
            SELECT job_id, name, location, size, content_type, sha256 FROM job_artifacts
            WHERE job_id = ANY(\(ids)) ORDER BY job_id, attempt, name
            """)
        var artifacts: [UUID: [JobArtifact]] = [:]
        for row in rows {
            let artifact: JobArtifact
            do { artifact = try row.decode(JobArtifact.self) } catch { throw .database(error) }
            artifacts[try row.cell("job_id"), default: []].append(artifact)
        }
        var removed: [UUID] = []
        for id in ids {
            do {
                try await removal(id, artifacts[id] ?? [])
                removed.append(id)
            } catch {
                logger.warning("job_artifacts_kept", ["job_id": .string("\(id)"), "reason": .string("\(error)")])
            }
        }
        return removed
    }

    /// No sender tries a callback for longer.
    static let longestCallback = Duration.seconds(30 * 86_400)

    /// Removes hints that nobody holds any more and old callbacks of no job, and gives up callbacks that nobody sends.
    func tidy() async throws(JobError) {
        _ = try await run("DELETE FROM job_watchers WHERE until < now()")
        _ = try await run("DELETE FROM job_sleepers WHERE until < now()")
        // Where no process sends callbacks, nobody else gives them up, and their jobs would stay for good.
        _ = try await run(
            """
            UPDATE job_outbox SET dead_at = now(), last_problem = 'nobody sent it in time'
            WHERE delivered_at IS NULL AND dead_at IS NULL
                AND created_at < now() - \(Self.longestCallback.inSeconds) * interval '1 second'
            """)
        _ = try await run(
            """
            DELETE FROM job_outbox
            WHERE job_id IS NULL AND COALESCE(delivered_at, dead_at) <
                now() - \(settings.retention.inSeconds) * interval '1 second'
            """)
    }
}

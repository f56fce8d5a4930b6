import JSON
import Postgres
import Telemetry

extension JobQueue {
    /// Puts a job into its queue: by itself, or with the caller's transaction. With a key the same request gets the same
    /// job, and another request an error.
    @discardableResult
    public func enqueue(
        _ request: JobRequest, key: IdempotencyKey? = nil, in statements: (any Statements)? = nil
    ) async throws(JobError) -> EnqueuedJob {
        try request.check()
        guard let key else {
            let id = UUID()
            _ = try await run(Self.insert(id, request), in: statements)
            metrics.enqueued.add()
            return EnqueuedJob(id: id, isNew: true)
        }
        return try await enqueue(request, key, in: statements)
    }

    /// Puts many jobs into their queues, all or none, and answers their ids in order.
    @discardableResult
    public func enqueue(
        _ requests: [JobRequest], in statements: (any Statements)? = nil
    ) async throws(JobError) -> [UUID] {
        for request in requests { try request.check() }
        guard !requests.isEmpty else { return [] }
        // Sorted, so that jobs of the same moment are taken in the order of the list.
        let ids = requests.map { _ in UUID() }.sorted()
        _ = try await run(Self.insert(ids, requests), in: statements)
        metrics.enqueued.add(requests.count)
        return ids
    }

    private func enqueue(
        _ request: JobRequest, _ key: IdempotencyKey, in statements: (any Statements)?
    ) async throws(JobError) -> EnqueuedJob {
        let hash = key.requestHash ?? request.hash
        // Each turn loses to another request at most: one that came first, or one whose key is too old to stand.
        for _ in 0..<4 {
            let id = UUID()
            if try await run(Self.insert(id, request, key.text, hash), in: statements).count == 1 {
                metrics.enqueued.add()
                return EnqueuedJob(id: id, isNew: true)
            }
            let found = try await run(
                """
                SELECT id, request_hash, created_at < now() - \(settings.idempotencyLifetime.inSeconds) * interval '1 s'
                    AS is_stale
                FROM jobs WHERE owner_id = \(request.ownerID) AND idempotency_key = \(key.text)
                """, in: statements)
            guard let row = found.first else { continue }
            if try row.cell("is_stale", as: Bool.self) {
                _ = try await run(
                    """
                    UPDATE jobs SET idempotency_key = NULL
                    WHERE id = \(try row.cell("id", as: UUID.self)) AND idempotency_key = \(key.text)
                    """, in: statements)
                continue
            }
            guard try row.cell("request_hash", as: [UInt8].self) == hash else { throw .keyUsedOtherwise }
            return EnqueuedJob(id: try row.cell("id"), isNew: false)
        }
        throw .keyUsedOtherwise
    }

    /// A statement for each shape, so that the usual one has nothing to do with keys. This one is written out rather than
    /// put together, for every job takes it.
    static func insert(_ id: UUID, _ request: JobRequest) -> SQL {
        """
        WITH job AS (
            INSERT INTO jobs (id, queue, kind, owner_id, priority, payload, max_attempts, run_at, callback_url)
            VALUES (
                \(id)::uuid, \(request.queue)::text, \(request.kind)::text, \(request.ownerID)::text,
                \(request.priority)::smallint, \(request.payload)::json, \(request.maximumAttempts)::integer,
                now() + \(request.delay.inSeconds)::double precision * interval '1 second',
                \(request.callbackURL)::text)
        ), woken AS (
            DELETE FROM job_sleepers WHERE worker = ANY(ARRAY(
                SELECT worker FROM job_sleepers
                WHERE queue = \(request.queue)::text AND until > now() AND \(request.delay <= .zero)::boolean
                LIMIT 1 FOR UPDATE SKIP LOCKED
            ))
            RETURNING pg_notify('jobs_' || to_hex(hashtextextended(current_schema(), 0)), 'w' || worker)
        )
        SELECT count(*) FROM woken
        """
    }

    private static func insert(_ id: UUID, _ request: JobRequest, _ key: String, _ hash: [UInt8]) -> SQL {
        """
        WITH job AS (
            INSERT INTO jobs (
                id, queue, kind, owner_id, priority, payload, max_attempts, run_at, callback_url, idempotency_key,
                request_hash)
            VALUES (\(fragment: values(id, request)), \(key), \(hash))
            ON CONFLICT (owner_id, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING
            RETURNING id
        ), \(fragment: JobSQL.wake([request.queue], count: request.delay > .zero ? 0 : 1))
        SELECT id, (SELECT count(*) FROM woken) AS woken FROM job
        """
    }

    private static func values(_ id: UUID, _ request: JobRequest) -> SQL {
        """
        \(id)::uuid, \(request.queue)::text, \(request.kind)::text, \(request.ownerID)::text,
        \(request.priority)::smallint, \(request.payload)::json, \(request.maximumAttempts)::integer,
        now() + \(request.delay.inSeconds)::double precision * interval '1 second', \(request.callbackURL)::text
        """
    }

    static func insert(_ ids: [UUID], _ requests: [JobRequest]) -> SQL {
        """
        WITH job AS (
            INSERT INTO jobs (id, queue, kind, owner_id, priority, payload, max_attempts, run_at, callback_url)
            SELECT id, queue, kind, owner_id, priority, payload::json, attempts,
                now() + delay * interval '1 second', NULLIF(callback, '')
            FROM unnest(
                \(ids)::uuid[], \(requests.map(\.queue))::text[], \(requests.map(\.kind))::text[],
                \(requests.map(\.ownerID))::text[], \(requests.map(\.priority))::bigint[],
                \(requests.map(\.payload))::text[], \(requests.map(\.maximumAttempts))::bigint[],
                \(requests.map(\.delay.inSeconds))::double precision[],
                \(requests.map { $0.callbackURL ?? "" })::text[]
            ) AS new (id, queue, kind, owner_id, priority, payload, attempts, delay, callback)
        ), \(fragment: JobSQL.wake(Array(Set(requests.map(\.queue))), count: requests.count { $0.delay <= .zero }))
        SELECT count(*) FROM woken
        """
    }
}

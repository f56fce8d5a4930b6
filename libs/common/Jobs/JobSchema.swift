import Postgres

/// The tables of the queue, in the schema of the service that uses it.
///
/// What a claim touches stays small: the index of queued jobs holds those alone and leads to the next one at once, and
/// that of running jobs names no time, so that a heartbeat changes no index. Idle workers and watched jobs are hints
/// that may be lost with the server, so they cost no write to its log.
///
/// A lease's token is there exactly while a job runs, so whoever asks for the token need not ask for the state: a plan
/// that goes by the index of running jobs would read all of them.
public enum JobSchema {
    public static let migrations = MigrationSet(
        "jobs", [Migration(1, "create_jobs", createJobs), Migration(2, "index_jobs_by_kind", indexByKind)])

    private static let createJobs: StaticString = """
        CREATE TABLE jobs (
            id uuid PRIMARY KEY,
            queue text NOT NULL,
            kind text NOT NULL,
            owner_id text NOT NULL DEFAULT '',
            priority smallint NOT NULL DEFAULT 5 CHECK (priority BETWEEN 0 AND 9),
            state text NOT NULL DEFAULT 'queued'
                CHECK (state IN ('queued', 'running', 'completed', 'failed', 'cancelled')),
            payload json NOT NULL,
            result json,
            error json,
            attempt integer NOT NULL DEFAULT 0,
            released integer NOT NULL DEFAULT 0,
            max_attempts integer NOT NULL CHECK (max_attempts > 0),
            lease_token uuid,
            ended_token uuid,
            lease_until timestamptz,
            run_at timestamptz NOT NULL DEFAULT now(),
            progress double precision NOT NULL DEFAULT 0,
            stage text,
            cancel_requested_at timestamptz,
            idempotency_key text,
            request_hash bytea,
            callback_url text,
            worker text,
            last_event integer NOT NULL DEFAULT 1,
            started_event integer NOT NULL DEFAULT 0,
            created_at timestamptz NOT NULL DEFAULT now(),
            started_at timestamptz,
            finished_at timestamptz,
            CHECK ((state = 'running') = (lease_token IS NOT NULL))
        ) WITH (
            fillfactor = 80, vacuum_truncate = false,
            autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000,
            autovacuum_analyze_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 1
        );
        COMMENT ON COLUMN jobs.ended_token IS 'the lease that ended last, for a worker whose answer was lost';
        COMMENT ON COLUMN jobs.released IS 'attempts that were given back and do not count against max_attempts';
        COMMENT ON COLUMN jobs.last_event IS 'the number of the latest event; the first is that it was queued';
        COMMENT ON COLUMN jobs.started_event IS 'the number of the event that the present attempt began';

        -- Pages of its own from the start, which no vacuum takes away. A plan made for a table of one page reads all of it, and
        -- is kept while the table grows.
        INSERT INTO jobs (id, queue, kind, payload, max_attempts)
            SELECT gen_random_uuid(), '', '', '{}', 1 FROM generate_series(1, 4000);
        DELETE FROM jobs;

        CREATE INDEX jobs_queued ON jobs (queue, priority, run_at, id) WHERE state = 'queued';
        CREATE INDEX jobs_running ON jobs (queue) WHERE state = 'running';
        CREATE INDEX jobs_owned ON jobs (owner_id, id) WHERE owner_id <> '';
        CREATE UNIQUE INDEX jobs_idempotent ON jobs (owner_id, idempotency_key) WHERE idempotency_key IS NOT NULL;

        CREATE TABLE job_events (
            job_id uuid NOT NULL REFERENCES jobs ON DELETE CASCADE,
            seq integer NOT NULL,
            at timestamptz NOT NULL DEFAULT clock_timestamp(),
            type text NOT NULL,
            data json,
            PRIMARY KEY (job_id, seq)
        );

        CREATE TABLE job_artifacts (
            job_id uuid NOT NULL REFERENCES jobs ON DELETE CASCADE,
            attempt integer NOT NULL,
            name text NOT NULL,
            location text NOT NULL,
            size bigint NOT NULL CHECK (size >= 0),
            content_type text NOT NULL,
            sha256 text,
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (job_id, attempt, name)
        );

        CREATE TABLE job_outbox (
            id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
            job_id uuid REFERENCES jobs ON DELETE CASCADE,
            url text NOT NULL,
            host text NOT NULL,
            body text NOT NULL,
            attempts integer NOT NULL DEFAULT 0,
            next_at timestamptz NOT NULL DEFAULT now(),
            created_at timestamptz NOT NULL DEFAULT now(),
            delivered_at timestamptz,
            dead_at timestamptz,
            last_problem text
        ) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
        CREATE INDEX job_outbox_pending ON job_outbox (next_at) WHERE delivered_at IS NULL AND dead_at IS NULL;
        CREATE INDEX job_outbox_job ON job_outbox (job_id);

        CREATE UNLOGGED TABLE job_sleepers (
            worker uuid PRIMARY KEY,
            queue text NOT NULL,
            until timestamptz NOT NULL
        ) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);

        CREATE UNLOGGED TABLE job_watchers (
            job_id uuid NOT NULL,
            watcher uuid NOT NULL,
            until timestamptz NOT NULL,
            PRIMARY KEY (job_id, watcher)
        );
        """
    /// A queue may be full of jobs that no worker knows; the claim of another kind leads past them. The few that did not
    /// go well are what people look for.
    private static let indexByKind: StaticString = """
        CREATE INDEX jobs_due ON jobs (queue, kind, priority, run_at, id) WHERE state = 'queued';
        DROP INDEX jobs_queued;
        CREATE INDEX jobs_unsuccessful ON jobs (id) WHERE state IN ('failed', 'cancelled');
        """
}

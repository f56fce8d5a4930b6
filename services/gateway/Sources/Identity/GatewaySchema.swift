import Postgres

enum GatewaySchema {
    static let migrations = MigrationSet("identity", [Migration(1, "create_identity", createIdentity)])

    private static let createIdentity: StaticString = """
        CREATE TABLE users (
            user_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            keycloak_id text NOT NULL UNIQUE,
            username text NOT NULL,
            email text NOT NULL,
            roles text[] NOT NULL DEFAULT '{}',
            created_at timestamptz NOT NULL DEFAULT now(),
            last_seen_at timestamptz NOT NULL DEFAULT now(),
            disabled_at timestamptz
        );

        CREATE TABLE refresh_tokens (
            token_hash bytea PRIMARY KEY,
            family text NOT NULL,
            user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
            created_at timestamptz NOT NULL DEFAULT now(),
            expires_at timestamptz NOT NULL,
            used_at timestamptz
        );
        CREATE INDEX refresh_tokens_of_family ON refresh_tokens (family);
        CREATE INDEX refresh_tokens_of_user ON refresh_tokens (user_id);
        CREATE INDEX refresh_tokens_by_end ON refresh_tokens (expires_at);

        CREATE TABLE revoked_tokens (
            id text PRIMARY KEY,
            revoked_at timestamptz NOT NULL,
            until timestamptz NOT NULL,
            added_at timestamptz NOT NULL DEFAULT clock_timestamp()
        );
        CREATE INDEX revoked_tokens_by_time ON revoked_tokens (added_at);
        CREATE INDEX revoked_tokens_by_end ON revoked_tokens (until);

        CREATE TABLE signing_keys (
            key_id text PRIMARY KEY,
            purpose text NOT NULL,
            algorithm text NOT NULL,
            sealed bytea NOT NULL,
            published_at timestamptz NOT NULL,
            signs_from timestamptz NOT NULL,
            signs_until timestamptz,
            verifies_until timestamptz
        );

        CREATE TABLE sign_ins (
            at timestamptz NOT NULL DEFAULT now(),
            user_id bigint,
            account text NOT NULL,
            method text NOT NULL,
            address text NOT NULL,
            outcome text NOT NULL
        );
        CREATE INDEX sign_ins_by_time ON sign_ins (at);
        CREATE INDEX sign_ins_of_user ON sign_ins (user_id, at);

        CREATE TABLE service_clients (
            name text PRIMARY KEY,
            secret_hash bytea NOT NULL,
            audiences text[] NOT NULL DEFAULT '{}',
            roles text[] NOT NULL DEFAULT '{}',
            created_at timestamptz NOT NULL DEFAULT now(),
            last_used_at timestamptz
        );
        """
}

import Postgres

enum PhotoSchema {
    static let migrations = MigrationSet("photos", [Migration(1, "create_photos", createPhotos)])

    private static let createPhotos: StaticString = """
        CREATE TABLE photos (
            id uuid PRIMARY KEY,
            owner_id text NOT NULL,
            name text NOT NULL,
            width integer,
            height integer,
            created_at timestamptz NOT NULL DEFAULT now()
        );
        CREATE INDEX photos_of_owner ON photos (owner_id, created_at);
        """
}

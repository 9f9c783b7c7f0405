-- What keeps a connection's writes from Salesforce on purpose; a connection without a row writes.
CREATE TABLE sluice.write_switches (
    connection_id      uuid PRIMARY KEY REFERENCES sluice.connections ON DELETE CASCADE,
    mode               text NOT NULL DEFAULT 'on' CHECK (mode IN ('on', 'paused', 'read_only', 'dry_run')),
    deletes_per_hour   integer CHECK (deletes_per_hour >= 0),
    -- What was deleted in Postgres before this moment goes out whatever the limit: a person said so.
    deletes_allowed_at timestamptz,
    -- Since when deletes wait for a person.
    deletes_stopped_at timestamptz,
    dry_run            jsonb,
    dry_run_at         timestamptz
);

-- When the trigger log of a connection is next looked through for what belongs in its archive.
ALTER TABLE sluice.connections ADD COLUMN next_archive_at timestamptz NOT NULL DEFAULT now() + interval '1 hour';

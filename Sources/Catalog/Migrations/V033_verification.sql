-- What comes again for a mapping besides its polls: a comparison of the whole table with its object, which mends what differs, and for formula fields,
-- whose values change without a stamp, a reading of all records.
ALTER TABLE sluice.mappings
    -- Hours between two comparisons; 0 is never.
    ADD COLUMN verify_hours integer GENERATED ALWAYS AS (
        CASE WHEN config->>'verify_hours' ~ '^[0-9]{1,5}$' THEN (config->>'verify_hours')::integer ELSE 168 END) STORED,
    -- When the last was asked for by the schedule; of a new mapping, when it was made.
    ADD COLUMN verified_at timestamptz NOT NULL DEFAULT sluice.clock(),
    -- Hours between two readings of all records; 0 is never.
    ADD COLUMN refresh_hours integer GENERATED ALWAYS AS (
        CASE WHEN config->>'refresh_hours' ~ '^[0-9]{1,5}$' THEN (config->>'refresh_hours')::integer ELSE 0 END) STORED,
    ADD COLUMN refreshed_at timestamptz NOT NULL DEFAULT sluice.clock();

-- Tells this control database from others: what it owns in target databases is recorded there under this id.
CREATE TABLE sluice.control_database (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    id       uuid    NOT NULL DEFAULT gen_random_uuid()
);
INSERT INTO sluice.control_database DEFAULT VALUES;

-- A mapping whose changes cannot be written for now: sluice.mapping_troubles says why.
ALTER TABLE sluice.mappings
    ADD COLUMN write_attempts integer NOT NULL DEFAULT 0,
    -- When they are tried again; NULL while they can be written.
    ADD COLUMN next_write_at  timestamptz;

-- Columns are only ever added at the end: pages and scripts read these.
CREATE OR REPLACE VIEW sluice.mapping_status AS
SELECT c.name AS connection, m.object_name, m.state, m.state_description, m.access, m.db_count, m.sf_count, m.pending_writes, m.errored_writes,
       m.watermark, m.sf_polled_at, m.next_poll_at, c.state AS connection_state, m.id AS mapping_id, c.id AS connection_id, m.next_write_at
FROM sluice.mappings m
JOIN sluice.connections c ON c.id = m.connection_id;

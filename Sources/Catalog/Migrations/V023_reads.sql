-- Rows that Salesforce has and the target database does not take, or does not let go. Each is tried again with every poll, until it is taken.
CREATE TABLE sluice.refused_rows (
    mapping_id uuid        NOT NULL REFERENCES sluice.mappings ON DELETE CASCADE,
    sfid       text        NOT NULL,
    sql_state  text        NOT NULL,
    constraint_name text,
    reason     text        NOT NULL,
    attempts   integer     NOT NULL DEFAULT 1,
    since      timestamptz NOT NULL DEFAULT sluice.clock(),
    tried_at   timestamptz NOT NULL DEFAULT sluice.clock(),
    PRIMARY KEY (mapping_id, sfid)
);

ALTER TABLE sluice.mappings
    -- Every commit of the org up to this moment is in the table, those included whose transaction lasted: the end of the last poll that reached back
    -- as far as a transaction can last. The watermark runs ahead of it.
    ADD COLUMN complete_watermark timestamptz,
    -- When the object was last described, and the Last-Modified of that describe: the next is asked for only if it has changed.
    ADD COLUMN described_at  timestamptz,
    ADD COLUMN describe_date text;
UPDATE sluice.mappings SET complete_watermark = watermark;

-- What Salesforce said of an object in one API version. Whoever needs it asks a worker with a job; the answer stays here.
CREATE TABLE sluice.object_describes (
    connection_id uuid        NOT NULL REFERENCES sluice.connections ON DELETE CASCADE,
    -- Lower case: Salesforce's names do not tell upper from lower case.
    object_name   text        NOT NULL,
    api_version   text        NOT NULL,
    -- NULL: the org has no such object, or the integration user may not see it.
    document      json,
    described_at  timestamptz NOT NULL DEFAULT sluice.clock(),
    PRIMARY KEY (connection_id, object_name, api_version)
);

-- Questions that only a worker can answer, since the answer takes Salesforce, with their answers: validations, and comparisons of API versions.
CREATE TABLE sluice.inquiries (
    id            uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    connection_id uuid        NOT NULL REFERENCES sluice.connections ON DELETE CASCADE,
    mapping_id    uuid        REFERENCES sluice.mappings ON DELETE CASCADE,
    kind          text        NOT NULL,
    asked_by      text        NOT NULL,
    asked_at      timestamptz NOT NULL DEFAULT sluice.clock(),
    -- The job that answers.
    job_id        bigint,
    answered_at   timestamptz,
    answer        json,
    CHECK ((answered_at IS NULL) = (answer IS NULL))
);
CREATE INDEX inquiries_asked_at ON sluice.inquiries (asked_at);
CREATE INDEX inquiries_connection ON sluice.inquiries (connection_id);
CREATE INDEX inquiries_mapping ON sluice.inquiries (mapping_id) WHERE mapping_id IS NOT NULL;

ALTER TABLE sluice.mappings
    -- Whether the mapping came with its config before its name: it leaves as it came.
    ADD COLUMN config_first boolean NOT NULL DEFAULT false,
    -- Since which import the mapping is in no file any more; NULL while it is in the last one, or there was none since it was made.
    ADD COLUMN orphaned_at  timestamptz,
    -- How the org's records were counted, and the table's rows: exact or estimated; NULL while there is no count.
    ADD COLUMN sf_count_kind text CHECK (sf_count_kind IN ('exact', 'estimated')),
    ADD COLUMN db_count_kind text CHECK (db_count_kind IN ('exact', 'estimated'));
CREATE INDEX mappings_orphaned ON sluice.mappings (connection_id) WHERE orphaned_at IS NOT NULL;
UPDATE sluice.mappings SET sf_count_kind = 'exact' WHERE sf_count IS NOT NULL;
UPDATE sluice.mappings SET db_count_kind = 'exact' WHERE db_count IS NOT NULL;

-- Which connections have a mapping that somebody must look after: the roll-up in lists of connections.
CREATE INDEX mappings_in_error ON sluice.mappings (connection_id)
WHERE state IN ('BULK_LOAD_ERROR', 'SYSTEM_ERROR', 'DB_UNAVAILABLE', 'BAD_CONFIG', 'SYNC_REMOVED', 'INACTIVE_ORG', 'UNAUTHORIZED');

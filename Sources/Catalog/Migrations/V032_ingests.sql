-- Bulk jobs of Salesforce that write, noted before they begin and until their results are recorded: whoever goes on with a connection's writes takes
-- them up, so that nothing is sent twice and no result is lost.
CREATE TABLE sluice.ingests (
    connection_id  uuid NOT NULL REFERENCES sluice.connections ON DELETE CASCADE,
    salesforce_job text NOT NULL,
    mapping_id     uuid NOT NULL REFERENCES sluice.mappings ON DELETE CASCADE,
    -- insert, upsert, update or delete.
    operation      text NOT NULL,
    -- The rows of the trigger log that it sends, such as 17-10016,10020+10021: a range of changes, and one that others were merged into.
    changes        text NOT NULL,
    begun_at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (connection_id, salesforce_job)
);
CREATE INDEX ingests_mapping ON sluice.ingests (mapping_id);

-- Calls to Salesforce that reading a mapping made on its last day, held against its sf_max_daily_api_calls.
CREATE TABLE sluice.mapping_usage (
    mapping_id uuid   PRIMARY KEY REFERENCES sluice.mappings ON DELETE CASCADE,
    day        date   NOT NULL,
    calls      bigint NOT NULL
);

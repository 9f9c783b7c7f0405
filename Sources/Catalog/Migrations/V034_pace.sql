-- What a connection may ask Salesforce for in a day, and how its polls keep within it.
ALTER TABLE sluice.mappings
    -- As the configuration has it; those of a connection's mappings together are the connection's.
    ADD COLUMN daily_api_calls integer GENERATED ALWAYS AS (
        CASE WHEN config->>'sf_max_daily_api_calls' ~ '^[0-9]{1,10}$' THEN least((config->>'sf_max_daily_api_calls')::bigint, 2147483647)::integer
        ELSE 30000 END) STORED;
ALTER TABLE sluice.connections
    -- Polls of a mapping are at least this far apart; 0 while there is no need to save calls.
    ADD COLUMN poll_pause_seconds integer NOT NULL DEFAULT 0,
    -- There are none before this moment: what is left of the day's calls is for writes.
    ADD COLUMN polls_rest_until timestamptz,
    -- What is said of it.
    ADD COLUMN budget_description text;

-- Rows that a mapping moved on its last day, each way: a page shows them at once, and a day has too many minutes to be added up for it.
CREATE TABLE sluice.activity_today (
    mapping_id uuid   NOT NULL REFERENCES sluice.mappings ON DELETE CASCADE,
    direction  text   NOT NULL,
    day        date   NOT NULL,
    rows       bigint NOT NULL,
    PRIMARY KEY (mapping_id, direction)
) WITH (fillfactor = 50);

INSERT INTO sluice.activity_today (mapping_id, direction, day, rows)
SELECT mapping_id, direction, (sluice.clock() AT TIME ZONE 'UTC')::date, sum(rows)
FROM sluice.activity
WHERE bucket >= date_trunc('day', sluice.clock() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
GROUP BY 1, 2;

-- A known text, sealed with the key of this control database: a process with another key finds out before it does anything.
CREATE TABLE sluice.key_canary (
    singleton  boolean     PRIMARY KEY DEFAULT true CHECK (singleton),
    sealed     text        NOT NULL,
    planted_at timestamptz NOT NULL DEFAULT sluice.clock()
);

-- Connections whose jobs a worker leaves to others, because its own environment lacks what they name.
CREATE TABLE sluice.unserved (
    worker        text        NOT NULL,
    connection_id uuid        NOT NULL REFERENCES sluice.connections ON DELETE CASCADE,
    reason        text        NOT NULL,
    since         timestamptz NOT NULL DEFAULT sluice.clock(),
    PRIMARY KEY (worker, connection_id)
);

-- The same of the workers that live, a connection a row; by_nobody: there is no other worker, and its jobs wait.
CREATE VIEW sluice.unserved_connections AS
SELECT c.id AS connection_id, c.name AS connection, string_agg(DISTINCT u.reason, '; ') AS reason, count(*) AS workers,
       count(*) = live.workers AS by_nobody, min(u.since) AS since
FROM (SELECT name, count(*) OVER () AS workers FROM sluice.live_workers WHERE role = 'worker') AS live
JOIN sluice.unserved u ON u.worker = live.name
JOIN sluice.connections c ON c.id = u.connection_id
GROUP BY c.id, c.name, live.workers;

-- The state was only ever set for what one process lacked, and nothing took it back.
UPDATE sluice.connections SET state = 'IDLE', state_description = NULL WHERE state = 'DB_UNAVAILABLE' AND credentials_sealed IS NOT NULL;

-- Who listens to an org's change events for a connection's accelerated mappings: one process at a time, by a lease.
CREATE TABLE sluice.streams (
    connection_id    uuid        PRIMARY KEY REFERENCES sluice.connections ON DELETE CASCADE,
    worker           text,
    lease_token      uuid,
    lease_expires_at timestamptz NOT NULL DEFAULT '-infinity',
    -- resting: it could not listen, description says why, and tries again at next_try_at; polls go on meanwhile.
    state            text        NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'live', 'resting')),
    description      text,
    since            timestamptz NOT NULL DEFAULT sluice.clock(),
    attempts         integer     NOT NULL DEFAULT 0,
    next_try_at      timestamptz NOT NULL DEFAULT sluice.clock()
);

-- How far the events of a mapping's object have been noted.
CREATE TABLE sluice.stream_channels (
    mapping_id  uuid        PRIMARY KEY REFERENCES sluice.mappings ON DELETE CASCADE,
    -- Salesforce's id of the last event that was noted; NULL before the first.
    replay_id   bigint,
    -- refused: the org sends no events of the object; description says why.
    state       text        NOT NULL CHECK (state IN ('live', 'refused')),
    description text,
    since       timestamptz NOT NULL DEFAULT sluice.clock()
);

-- Records of which an event told, until they have been read.
CREATE TABLE sluice.stream_changes (
    mapping_id uuid        NOT NULL REFERENCES sluice.mappings ON DELETE CASCADE,
    sfid       text        NOT NULL,
    is_deleted boolean     NOT NULL,
    replay_id  bigint      NOT NULL,
    noted_at   timestamptz NOT NULL DEFAULT sluice.clock(),
    PRIMARY KEY (mapping_id, sfid)
);

-- What accelerated polling is doing, a mapping a row.
CREATE VIEW sluice.accelerated_mappings AS
SELECT c.name AS connection, m.object_name,
       CASE WHEN s.state IS DISTINCT FROM 'live' OR s.lease_expires_at < sluice.clock() THEN coalesce(nullif(s.state, 'live'), 'waiting')
            ELSE coalesce(h.state, 'waiting') END AS state,
       CASE WHEN s.state = 'resting' THEN s.description ELSE h.description END AS description,
       s.worker, s.next_try_at, h.replay_id, (SELECT count(*) FROM sluice.stream_changes n WHERE n.mapping_id = m.id) AS waiting_records,
       m.id AS mapping_id, c.id AS connection_id
FROM sluice.mappings m
JOIN sluice.connections c ON c.id = m.connection_id
LEFT JOIN sluice.streams s ON s.connection_id = c.id
LEFT JOIN sluice.stream_channels h ON h.mapping_id = m.id
WHERE m.config->>'sf_notify_enabled' = 'true';

-- Every worker looks for connections to listen for, every few seconds.
CREATE INDEX mappings_accelerated ON sluice.mappings (connection_id) WHERE config->>'sf_notify_enabled' = 'true';

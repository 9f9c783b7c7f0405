-- What keeps a mapping from being read, or written, until it works again: a row for each kind of job that meets it, so that a poll that
-- works does not hide a reload that failed. sluice.mappings.state and state_description say it to people.
CREATE TABLE sluice.mapping_troubles (
    mapping_id  uuid        NOT NULL REFERENCES sluice.mappings ON DELETE CASCADE,
    -- The kind of job that meets it.
    source      text        NOT NULL,
    -- The state in which it leaves the mapping; NULL while trying again may help.
    state       text,
    -- What is said of it; NULL while a job that met it goes on and may meet it again.
    description text,
    reason      text        NOT NULL,
    -- The same for two failures of one kind, whatever row met them.
    cause       text        NOT NULL,
    needs_load  boolean     NOT NULL DEFAULT false,
    -- The cause, and the state if there was one, of which somebody was notified.
    notified    text,
    since       timestamptz NOT NULL DEFAULT sluice.clock(),
    PRIMARY KEY (mapping_id, source)
);

-- Mappings that nobody polls: each has a load that waits or runs, or needs one. Few, but for the first hours of a new connection.
CREATE INDEX mappings_unread ON sluice.mappings (id) WHERE next_poll_at IS NULL OR watermark IS NULL;

-- Schemas that were somebody else's (Heroku Connect's) before a connection adopted them, and what it takes to take that back.
CREATE TABLE sluice.adoptions (
    id            uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    connection_id uuid        NOT NULL REFERENCES sluice.connections ON DELETE CASCADE,
    requested_by  text        NOT NULL,
    begun_at      timestamptz NOT NULL DEFAULT sluice.clock(),
    -- What was to be altered in the target, noted before it was: an adoption that broke off is gone on with, and taken back whole.
    alterations   json        NOT NULL,
    -- The mappings that it made.
    mappings      uuid[]      NOT NULL DEFAULT '{}',
    adopted_at    timestamptz,
    taken_back_at timestamptz
);
CREATE UNIQUE INDEX adoptions_standing ON sluice.adoptions (connection_id) WHERE taken_back_at IS NULL;

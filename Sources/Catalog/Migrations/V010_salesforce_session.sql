-- A connection's access token, shared by all processes and renewed by one of them at a time.
CREATE TABLE sluice.salesforce_sessions (
    connection_id      uuid        PRIMARY KEY REFERENCES sluice.connections ON DELETE CASCADE,
    -- Grows with each access token and each authorization.
    generation         bigint      NOT NULL DEFAULT 0,
    -- Sealed: the access token and where it is good for.
    token_sealed       text,
    issued_at          timestamptz,
    -- When the token ends if nobody uses it; NULL when the org did not tell.
    expires_at         timestamptz,
    session_seconds    integer     CHECK (session_seconds > 0),
    -- The renewal under way: committed before Salesforce is asked, so that a process that dies meanwhile leaves its mark.
    renewal_id         uuid,
    renewal_by         text,
    renewal_started_at timestamptz,
    renewal_expires_at timestamptz,
    -- The last renewal, when it ended before its answer was saved: a refresh token that was sent with it may be used up.
    interrupted_at     timestamptz,
    interrupted_by     text,
    -- The last refusal for good, until a log-in succeeds, the connection is authorized anew, or somebody resumes or restarts it.
    refused_at         timestamptz,
    refusal_code       text,
    refusal_message    text
);

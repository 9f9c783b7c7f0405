-- A person's way through Salesforce's consent page and back: begun, and not come back yet. Taken once, whatever comes of it.
CREATE TABLE sluice.sign_ins (
    -- SHA-256 of what the state parameter carries, sealed.
    state_hash      text        PRIMARY KEY,
    connection_id   uuid        NOT NULL REFERENCES sluice.connections ON DELETE CASCADE,
    user_id         uuid        NOT NULL REFERENCES sluice.users ON DELETE CASCADE,
    -- Of the browser session that began it: only that browser may bring the answer. NULL when an API token began it.
    session_hash    text,
    environment     text        NOT NULL,
    login_url       text        NOT NULL,
    api_version     text,
    redirect_uri    text        NOT NULL,
    next            text        NOT NULL,
    accepts_missing boolean     NOT NULL,
    -- Sealed: PKCE's verifier, and the app's consumer key and secret.
    secrets_sealed  text        NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT sluice.clock(),
    expires_at      timestamptz NOT NULL
);
CREATE INDEX sign_ins_expiry ON sluice.sign_ins (expires_at);
CREATE INDEX sign_ins_connection ON sluice.sign_ins (connection_id);

-- What a user may do: a role on all connections of an app, or on one connection, where it holds in place of the app's.
-- Whoever had access before could do everything.
ALTER TABLE sluice.access ADD COLUMN role text NOT NULL DEFAULT 'admin' CHECK (role IN ('viewer', 'operator', 'admin'));
CREATE INDEX access_app ON sluice.access (app_name);

CREATE TABLE sluice.connection_access (
    user_id       uuid        NOT NULL REFERENCES sluice.users ON DELETE CASCADE,
    connection_id uuid        NOT NULL REFERENCES sluice.connections ON DELETE CASCADE,
    role          text        NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
    granted_at    timestamptz NOT NULL DEFAULT sluice.clock(),
    PRIMARY KEY (user_id, connection_id)
);
CREATE INDEX connection_access_connection ON sluice.connection_access (connection_id);

-- An administrator keeps the installation: its users, and which databases apps may use. The password is a scrypt hash; without one the
-- user signs in with tokens only.
ALTER TABLE sluice.users ADD COLUMN is_administrator boolean NOT NULL DEFAULT false;
ALTER TABLE sluice.users ADD COLUMN password_hash text;
ALTER TABLE sluice.users ADD COLUMN password_set_at timestamptz;

-- role: the most that the token may do, whatever its user may.
ALTER TABLE sluice.api_tokens ADD COLUMN name text;
ALTER TABLE sluice.api_tokens ADD COLUMN expires_at timestamptz;
ALTER TABLE sluice.api_tokens ADD COLUMN role text CHECK (role IN ('viewer', 'operator', 'admin'));
ALTER TABLE sluice.api_tokens ADD COLUMN last_used_from text;

-- A session that a password began has no token; the user of one that a token began is the token's.
ALTER TABLE sluice.sessions ALTER COLUMN token_hash DROP NOT NULL;
ALTER TABLE sluice.sessions ADD COLUMN user_id uuid REFERENCES sluice.users ON DELETE CASCADE;
ALTER TABLE sluice.sessions ADD COLUMN last_used_at timestamptz;
ALTER TABLE sluice.sessions ADD COLUMN address text;
ALTER TABLE sluice.sessions ADD COLUMN agent text;
ALTER TABLE sluice.sessions ADD CHECK (token_hash IS NOT NULL OR user_id IS NOT NULL);
CREATE INDEX sessions_user ON sluice.sessions (user_id);

-- From where a change was made, and by which token or session (the first digits of its hash).
ALTER TABLE sluice.audit_trail ADD COLUMN address text;
ALTER TABLE sluice.audit_trail ADD COLUMN via text;

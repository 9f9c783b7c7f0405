-- Which environment variables hold the databases that an app may use: an operator says so (sluice app allow).
CREATE TABLE sluice.app_databases (
    app_name   text        NOT NULL,
    db_key     text        NOT NULL,
    allowed_at timestamptz NOT NULL DEFAULT sluice.clock(),
    PRIMARY KEY (app_name, db_key)
);

-- Connections that were made before go on working.
INSERT INTO sluice.app_databases (app_name, db_key)
SELECT DISTINCT app_name, db_key FROM sluice.connections WHERE db_key IS NOT NULL;

-- Kept by triggers, so that whoever reads a connection's record sees what holds now, however the row came to be.
ALTER TABLE sluice.connections ADD COLUMN db_key_allowed boolean NOT NULL DEFAULT false;
UPDATE sluice.connections SET db_key_allowed = true WHERE db_key IS NOT NULL;

CREATE FUNCTION sluice.check_db_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- The lock makes a withdrawal at the same moment wait, and then find this row.
    PERFORM FROM sluice.app_databases a WHERE a.app_name = NEW.app_name AND a.db_key = NEW.db_key FOR KEY SHARE;
    NEW.db_key_allowed := FOUND;
    RETURN NEW;
END
$$;
CREATE TRIGGER check_db_key BEFORE INSERT OR UPDATE OF app_name, db_key, db_key_allowed ON sluice.connections
FOR EACH ROW EXECUTE FUNCTION sluice.check_db_key();

CREATE FUNCTION sluice.spread_app_database() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        UPDATE sluice.connections SET db_key_allowed = true WHERE app_name = NEW.app_name AND db_key = NEW.db_key;
    ELSE
        UPDATE sluice.connections SET db_key_allowed = false WHERE app_name = OLD.app_name AND db_key = OLD.db_key;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER spread_app_database AFTER INSERT OR DELETE ON sluice.app_databases
FOR EACH ROW EXECUTE FUNCTION sluice.spread_app_database();

-- Who is logged in to the dashboard, by the SHA-256 of what the cookie holds. A session ends with the token that opened it.
CREATE TABLE sluice.sessions (
    session_hash text        PRIMARY KEY,
    token_hash   text        NOT NULL REFERENCES sluice.api_tokens ON DELETE CASCADE,
    created_at   timestamptz NOT NULL DEFAULT sluice.clock(),
    expires_at   timestamptz NOT NULL
);
CREATE INDEX sessions_token ON sluice.sessions (token_hash);
CREATE INDEX sessions_expiry ON sluice.sessions (expires_at);
CREATE INDEX api_tokens_user ON sluice.api_tokens (user_id);

CREATE TABLE sluice.users (
    id         uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    email      text        NOT NULL UNIQUE,
    created_at timestamptz NOT NULL DEFAULT sluice.clock()
);

-- Which user may see and change which app's connections.
CREATE TABLE sluice.access (
    user_id    uuid        NOT NULL REFERENCES sluice.users ON DELETE CASCADE,
    app_name   text        NOT NULL,
    granted_at timestamptz NOT NULL DEFAULT sluice.clock(),
    PRIMARY KEY (user_id, app_name)
);

-- A token is shown once when it is made; only its SHA-256 is kept.
CREATE TABLE sluice.api_tokens (
    token_hash   text        PRIMARY KEY,
    user_id      uuid        NOT NULL REFERENCES sluice.users ON DELETE CASCADE,
    created_at   timestamptz NOT NULL DEFAULT sluice.clock(),
    last_used_at timestamptz
);

CREATE TABLE sluice.connections (
    id                    uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    internal_id           bigint      GENERATED ALWAYS AS IDENTITY UNIQUE,
    name                  text        NOT NULL,
    app_name              text        NOT NULL,
    app_id                uuid        NOT NULL,
    resource_name         text        NOT NULL UNIQUE,
    db_key                text,
    -- Sealed; NULL means that db_key names the environment variable that holds the address.
    database_url_sealed   text,
    schema_name           text        NOT NULL DEFAULT 'salesforce',
    state                 text        NOT NULL DEFAULT 'NEED_AUTHENTICATION',
    state_description     text,
    -- Salesforce: sealed credentials, and what the login told us.
    credentials_sealed    text,
    environment           text        NOT NULL DEFAULT 'production',
    login_url             text        NOT NULL DEFAULT 'https://login.salesforce.com',
    api_version           text        NOT NULL DEFAULT '60.0',
    instance_url          text,
    username              text,
    organization_id       text,
    sf_user_id            text,
    user_info             jsonb,
    features              jsonb       NOT NULL DEFAULT '{}',
    large_query_threshold integer     NOT NULL DEFAULT 10000,
    bulk_page_size        integer     NOT NULL DEFAULT 150000,
    write_batch_size      integer     NOT NULL DEFAULT 200,
    created_at            timestamptz NOT NULL DEFAULT sluice.clock(),
    auth_updated_at       timestamptz,
    last_write_at         timestamptz,
    -- When the trigger log is looked at again without a notification.
    next_write_poll_at    timestamptz NOT NULL DEFAULT sluice.clock()
);
CREATE INDEX connections_app ON sluice.connections (app_name);

CREATE TABLE sluice.mappings (
    id                uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    internal_id       bigint      GENERATED ALWAYS AS IDENTITY UNIQUE,
    connection_id     uuid        NOT NULL REFERENCES sluice.connections ON DELETE CASCADE,
    -- Order of the export file: mappings leave in the order in which they came.
    position          integer     NOT NULL,
    object_name       text        NOT NULL,
    table_name        text        NOT NULL GENERATED ALWAYS AS (lower(object_name)) STORED,
    -- As imported, key for key: json, not jsonb, keeps the order of keys.
    config            json        NOT NULL,
    revision          integer     NOT NULL DEFAULT 1,
    access            text        NOT NULL DEFAULT 'read_only' CHECK (access IN ('read_only', 'read_write')),
    sf_polling_seconds integer    NOT NULL DEFAULT 600 CHECK (sf_polling_seconds > 0),
    upsert_field      text,
    state             text        NOT NULL DEFAULT 'INITIAL',
    state_description text,
    -- What the last describe said of each mapped field: the table's shape (JSON of Sync's TableSchema).
    table_schema      jsonb,
    -- Everything stamped before this is in the table.
    watermark         timestamptz,
    -- Everything deleted before this is gone from the table.
    delete_watermark  timestamptz,
    next_poll_at      timestamptz,
    db_count          bigint,
    db_count_at       timestamptz,
    sf_count          bigint,
    sf_count_at       timestamptz,
    pending_writes    bigint      NOT NULL DEFAULT 0,
    errored_writes    bigint      NOT NULL DEFAULT 0,
    sf_polled_at      timestamptz,
    sf_written_at     timestamptz,
    db_polled_at      timestamptz,
    db_written_at     timestamptz,
    created_at        timestamptz NOT NULL DEFAULT sluice.clock(),
    updated_at        timestamptz NOT NULL DEFAULT sluice.clock(),
    applied_at        timestamptz NOT NULL DEFAULT sluice.clock()
);
CREATE UNIQUE INDEX mappings_object ON sluice.mappings (connection_id, lower(object_name));
CREATE INDEX mappings_due ON sluice.mappings (next_poll_at) WHERE next_poll_at IS NOT NULL;

-- The pages of a bulk load, each a job of its own; the load ends when all of its pages are done.
CREATE TABLE sluice.load_pages (
    load_job_id bigint      NOT NULL,
    number      integer     NOT NULL,
    locator     text,
    rows        bigint,
    bytes       bigint,
    done_at     timestamptz,
    PRIMARY KEY (load_job_id, number)
);

-- The log lines that the dashboard shows.
CREATE TABLE sluice.events (
    id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at            timestamptz NOT NULL DEFAULT sluice.clock(),
    level         text        NOT NULL CHECK (level IN ('debug', 'info', 'warning', 'error')),
    connection_id uuid,
    mapping_id    uuid,
    job_id        bigint,
    message       text        NOT NULL
);
CREATE INDEX events_connection ON sluice.events (connection_id, at);
CREATE INDEX events_mapping ON sluice.events (mapping_id, at) WHERE mapping_id IS NOT NULL;

-- Rows and errors per mapping, direction and minute: the dashboard's histograms.
CREATE TABLE sluice.activity (
    mapping_id uuid        NOT NULL REFERENCES sluice.mappings ON DELETE CASCADE,
    direction  text        NOT NULL CHECK (direction IN ('sf_to_db', 'db_to_sf')),
    bucket     timestamptz NOT NULL,
    rows       bigint      NOT NULL DEFAULT 0,
    errors     bigint      NOT NULL DEFAULT 0,
    PRIMARY KEY (mapping_id, direction, bucket)
);

CREATE TABLE sluice.notifications (
    id              bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    connection_id   uuid        NOT NULL REFERENCES sluice.connections ON DELETE CASCADE,
    created_at      timestamptz NOT NULL DEFAULT sluice.clock(),
    event_type      text        NOT NULL,
    message         text        NOT NULL,
    acknowledged_at timestamptz
);
CREATE INDEX notifications_open ON sluice.notifications (connection_id, created_at) WHERE acknowledged_at IS NULL;

CREATE TABLE sluice.audit_trail (
    id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at            timestamptz NOT NULL DEFAULT sluice.clock(),
    connection_id uuid,
    actor         text        NOT NULL,
    action        text        NOT NULL,
    details       jsonb       NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_trail_connection ON sluice.audit_trail (connection_id, at);

CREATE TABLE sluice.api_usage (
    connection_id uuid    NOT NULL REFERENCES sluice.connections ON DELETE CASCADE,
    day           date    NOT NULL,
    calls         bigint  NOT NULL DEFAULT 0,
    limit_used    bigint,
    limit_max     bigint,
    PRIMARY KEY (connection_id, day)
);

CREATE VIEW sluice.mapping_status AS
SELECT c.name AS connection, m.object_name, m.state, m.state_description, m.access, m.db_count, m.sf_count, m.pending_writes, m.errored_writes,
       m.watermark, m.sf_polled_at, m.next_poll_at, c.state AS connection_state, m.id AS mapping_id, c.id AS connection_id
FROM sluice.mappings m
JOIN sluice.connections c ON c.id = m.connection_id;

import Postgres

extension TargetMetadata {
    /// In the order in which they are made.
    static let tables = ["_hcmeta", "_trigger_log", "_trigger_log_archive", "_sf_event_log"]

    static func definition(ofTable table: String, schema: String) -> String {
        let s = PostgresText.quoteIdentifier(schema)
        switch table {
        case "_hcmeta":
            return "CREATE TABLE \(s)._hcmeta (id serial PRIMARY KEY, hcver integer, org_id character varying(50), details text)"
        case "_trigger_log":
            let columns = logColumns.split(separator: "%", omittingEmptySubsequences: false).joined(separator: " DEFAULT now()")
            return """
                CREATE TABLE \(s)._trigger_log (id serial PRIMARY KEY, \(columns));
                CREATE INDEX _trigger_log_idx_created_at ON \(s)._trigger_log (created_at);
                CREATE INDEX _trigger_log_idx_state_id ON \(s)._trigger_log (state, id);
                CREATE INDEX _trigger_log_idx_state_table_name ON \(s)._trigger_log (state, table_name) WHERE state = 'NEW' OR state = 'PENDING';
                """
        case "_trigger_log_archive":
            let columns = logColumns.split(separator: "%", omittingEmptySubsequences: false).joined()
            return """
                CREATE TABLE \(s)._trigger_log_archive (id integer PRIMARY KEY, \(columns));
                CREATE INDEX _trigger_log_archive_idx_created_at ON \(s)._trigger_log_archive (created_at);
                CREATE INDEX _trigger_log_archive_idx_record_id ON \(s)._trigger_log_archive (record_id);
                CREATE INDEX _trigger_log_archive_idx_state_table_name ON \(s)._trigger_log_archive (state, table_name) WHERE state = 'FAILED';
                """
        default:
            return """
                CREATE TABLE \(s)._sf_event_log (
                    id serial PRIMARY KEY, table_name character varying(128), action character varying(7),
                    synced_at timestamp with time zone DEFAULT now(), sf_timestamp timestamp with time zone, sfid character varying(20),
                    record text, processed boolean
                );
                CREATE INDEX idx__sf_event_log_comp_key ON \(s)._sf_event_log (table_name, synced_at);
                CREATE INDEX idx__sf_event_log_sfid ON \(s)._sf_event_log (sfid);
                """
        }
    }

    /// Of the log and its archive; only the log's times have defaults, where `%` stands.
    private static let logColumns = """
        txid bigint, created_at timestamp with time zone%, updated_at timestamp with time zone%, processed_at timestamp with time zone,
        processed_tx bigint, state character varying(8), action character varying(7), table_name character varying(128), record_id integer,
        sfid character varying(18), old text, "values" text, sf_result integer, sf_message text
        """

    /// By name: what announces a new entry, and what users call to capture a row by hand (heroku-connect.md 2.5).
    ///
    /// - Parameter id: the type of the log's `id`, which the latter return.
    static func functions(_ schema: String, hstore: String, id: String = "integer") -> [(name: String, definition: String)] {
        let s = PostgresText.quoteIdentifier(schema)
        let h = PostgresText.quoteIdentifier(hstore)
        let channel = PostgresText.quoteLiteral(MappedSchema.notificationChannel(ofSchema: schema))
        return [
            (
                "tlog_notify_trigger",
                """
                CREATE FUNCTION \(s).tlog_notify_trigger() RETURNS trigger LANGUAGE plpgsql AS $$
                -- VERSION 1 --
                BEGIN
                    PERFORM pg_notify(\(channel), 'ping');
                    RETURN NEW;
                END;
                $$
                """
            ),
            (
                "hc_capture_insert_from_row",
                """
                CREATE FUNCTION \(s).hc_capture_insert_from_row(
                    source_row \(h).hstore, table_name character varying, excluded_cols text[] DEFAULT ARRAY[]::text[]
                ) RETURNS \(id) LANGUAGE plpgsql AS $$
                -- VERSION 1 --
                DECLARE
                    left_out text[] := array_remove(array_remove(excluded_cols, 'id'), 'sfid') || ARRAY['_hc_lastop', '_hc_err'];
                    new_id \(id);
                BEGIN
                    IF source_row OPERATOR(\(h).->) 'id' IS NULL THEN RETURN NULL; END IF;
                    INSERT INTO \(s)._trigger_log (action, table_name, txid, created_at, state, record_id, "values")
                    VALUES ('INSERT', table_name, txid_current(), clock_timestamp(), 'NEW', (source_row OPERATOR(\(h).->) 'id')::integer,
                            (source_row OPERATOR(\(h).-) left_out)::text)
                    RETURNING id INTO new_id;
                    RETURN new_id;
                END;
                $$
                """
            ),
            (
                "hc_capture_update_from_row",
                """
                CREATE FUNCTION \(s).hc_capture_update_from_row(
                    source_row \(h).hstore, table_name character varying, columns_to_include text[] DEFAULT ARRAY[]::text[]
                ) RETURNS \(id) LANGUAGE plpgsql AS $$
                -- VERSION 1 --
                DECLARE
                    captured \(h).hstore := source_row OPERATOR(\(h).-) ARRAY['_hc_lastop', '_hc_err'];
                    new_id \(id);
                BEGIN
                    IF source_row OPERATOR(\(h).->) 'id' IS NULL THEN RETURN NULL; END IF;
                    -- unnest flattens arrays of arrays, which real clients pass.
                    IF cardinality(columns_to_include) > 0 THEN
                        captured := \(h).slice(captured, ARRAY(SELECT unnest(columns_to_include)));
                    END IF;
                    INSERT INTO \(s)._trigger_log (action, table_name, txid, created_at, state, record_id, sfid, "values")
                    VALUES ('UPDATE', table_name, txid_current(), clock_timestamp(), 'NEW', (source_row OPERATOR(\(h).->) 'id')::integer,
                            source_row OPERATOR(\(h).->) 'sfid', captured::text)
                    RETURNING id INTO new_id;
                    RETURN new_id;
                END;
                $$
                """
            ),
        ]
    }
}
